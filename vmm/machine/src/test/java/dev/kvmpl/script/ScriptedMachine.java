// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.script;

import dev.kvmpl.attempts.Attempts;
import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.ghcb;
import dev.kvmpl.bindings.abi.kvmpl_request;
import dev.kvmpl.bindings.abi.vmsa;
import dev.kvmpl.drivers.Drivers;
import dev.kvmpl.enforcement.Level;
import dev.kvmpl.enforcement.PageChanges;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.exits.ExitDispatcher;
import dev.kvmpl.kvm.cpu.MsrRange;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.LongMode;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.LaunchedMachine;
import dev.kvmpl.observe.Observers;
import dev.kvmpl.observe.RunRecorder;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.processors.Processor;
import dev.kvmpl.processors.Processors;
import dev.kvmpl.processors.Question;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.protocol.LevelLayout;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.protocol.RequestPage;
import dev.kvmpl.spec.GrantKind;
import dev.kvmpl.spec.Policy;
import dev.kvmpl.spec.Recording;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A whole machine but for KVM: its exits are handed over by the test, which plays every guest. Each
 * level below VMPL0 has one driver, whose number is the level's; driver 4 is another one of VMPL1.
 * All have vCPUs on all processors, but VMPL1 is on the first alone if nothing else is asked for.
 */
public final class ScriptedMachine implements AutoCloseable {
  /** Kernel memory that no level below VMPL0 may write, at a page's start. */
  public static final long KERNEL = MemoryLayout.PAYLOADS.kernelMemory() + 0x100000;

  /** Kernel memory that no level below VMPL0 may read. */
  public static final long HIDDEN = MemoryLayout.PAYLOADS.kernelMemory() + 0x180000;

  /** The driver with which VMPL1 has two. */
  public static final int ANOTHER = 4;

  private static final long ENTRIES = 0x900000;
  private static final byte[] UD2 = {0x0f, 0x0b};
  private static final int READ_WRITE = PagePermissions.READ | PagePermissions.WRITE;

  /** What was told of it, in the end the same as of a real one. */
  public final RunRecorder recorder = new RunRecorder(Recording.STEPS);

  private final Map<Vmpl, List<MsrRange>> servedMsrs = new EnumMap<>(Vmpl.class);

  private final GuestMemory memory = GuestMemory.allocate(MemoryLayout.PAYLOADS.memoryMin());
  private final MemoryLayout layout = MemoryLayout.PAYLOADS;
  private final Rmp rmp = new Rmp(PageRange.pageOf(memory.size()));
  private final Map<Vmpl, BoundPages> bound = new EnumMap<>(Vmpl.class);
  private final Map<Vmpl, Level> levels = new EnumMap<>(Vmpl.class);
  private final Permissions permissions;
  private final Processors processors;
  private final Drivers drivers;
  public final Attempts attempts;
  private final ExitDispatcher dispatcher;
  private final List<ScriptedCpu> cpus = new ArrayList<>();

  ScriptedMachine(ScriptedMachineBuilder builder) {
    BoundPages.assign(rmp, layout);
    for (Vmpl vmpl : Vmpl.values()) {
      BoundPages pages = new BoundPages(rmp, vmpl, builder.grant != GrantKind.PAGE);
      bound.put(vmpl, pages);
      levels.put(vmpl, new Level(vmpl, pages, served -> servedMsrs.put(vmpl, served)));
    }
    PageChanges changes = new PageChanges(builder.processors > 1 ? rmp.pages() : 0);
    permissions =
        new Permissions(
            rmp, List.copyOf(levels.values()), changes, builder.grant, builder.registers);
    Observers observers = new Observers();
    processors = processors(builder, observers);
    drivers = new Drivers(processors, loaded());
    attempts =
        new Attempts(
            memory,
            processors,
            permissions,
            drivers,
            observers,
            builder.emulated,
            builder.tables,
            Policy.ENFORCE);
    dispatcher =
        new ExitDispatcher(
            memory,
            layout,
            builder.detection,
            processors,
            permissions,
            drivers,
            attempts,
            observers);
    observers.add(recorder);
    if (builder.observer != null) {
      observers.add(builder.observer);
    }
    observers.launched(
        new LaunchedMachine(
            System.nanoTime(),
            memory,
            rmp,
            processors.vcpus().stream().map(LevelVcpu::watched).toList(),
            List.of(),
            dispatcher::pauseSoon,
            dispatcher::resume));
    processors.boots().run(processors.launched());
  }

  /** Starts to describe one. */
  public static ScriptedMachineBuilder with() {
    return new ScriptedMachineBuilder();
  }

  /** One whose guest kernel runs, with a registered GHCB page. */
  public static ScriptedMachine running() {
    return with().build().launch();
  }

  private static List<Drivers.Loaded> loaded() {
    List<Drivers.Loaded> loaded = new ArrayList<>();
    for (int driver = 1; driver <= ANOTHER; driver++) {
      loaded.add(new Drivers.Loaded(entry(driver), driver == ANOTHER));
    }
    return loaded;
  }

  private static long entry(int driver) {
    return ENTRIES + driver * 0x1000L;
  }

  private Processors processors(ScriptedMachineBuilder builder, Observers observers) {
    List<Processor> made = new ArrayList<>();
    for (int apicId = 0; apicId < builder.processors; apicId++) {
      long request = layout.of(Vmpl.VMPL0).request(apicId);
      made.add(
          new Processor(apicId, new RequestPage(memory, request), new ManualTurns(), observers));
    }
    add(made.getFirst(), Vmpl.VMPL1);
    for (Processor processor : made) {
      for (Vmpl vmpl : List.of(Vmpl.VMPL0, Vmpl.VMPL2, Vmpl.VMPL3)) {
        add(processor, vmpl);
      }
      if (builder.vmpl1Everywhere && processor.apicId() != 0) {
        add(processor, Vmpl.VMPL1);
      }
    }
    return new Processors(made);
  }

  private void add(Processor processor, Vmpl vmpl) {
    ScriptedCpu cpu = new ScriptedCpu();
    LevelLayout places = layout.of(vmpl);
    int apicId = processor.apicId();
    LongMode mode = new LongMode(places.pageTables(), places.gdt(apicId), places.tss(apicId), 0);
    Level level = Objects.requireNonNull(levels.get(vmpl));
    processor.add(
        new LevelVcpu(
            cpus.size(),
            processor,
            level,
            cpu,
            mode,
            places.trace(apicId),
            places.console(apicId)));
    cpu.registers().rip(places.images());
    memory.write(places.images(), UD2);
    cpu.pageTables = places.pageTables();
    IdentityTables.write(memory, places.pageTables());
    cpus.add(cpu);
  }

  public GuestMemory memory() {
    return memory;
  }

  public Permissions permissions() {
    return permissions;
  }

  public Processors processors() {
    return processors;
  }

  public Drivers drivers() {
    return drivers;
  }

  public ExitDispatcher dispatcher() {
    return dispatcher;
  }

  public LevelVcpu vcpu(Vmpl vmpl, int apicId) {
    return processors.get(apicId).vcpuOf(vmpl);
  }

  public LevelVcpu kernel() {
    return processors.kernel();
  }

  public ScriptedCpu cpu(LevelVcpu vcpu) {
    return cpus.get(vcpu.number());
  }

  /** What binds a level. */
  public BoundPages bound(Vmpl vmpl) {
    return Objects.requireNonNull(bound.get(vmpl));
  }

  /** How many ranges of MSRs KVM serves for a level now. */
  public int servedMsrs(Vmpl vmpl) {
    return Objects.requireNonNull(servedMsrs.get(vmpl)).size();
  }

  /** Hands an exit over. */
  public Next exit(LevelVcpu vcpu, VcpuExit exit) {
    return dispatcher.handle(vcpu, exit);
  }

  /** Why the machine has failed; empty if it completed. */
  public String failure() {
    return Objects.requireNonNull(dispatcher.ending(), "it has not ended").message();
  }

  /** The level that runs on a processor, -1 for none. */
  public int turn(int apicId) {
    return processors.get(apicId).handOver().turn();
  }

  /** VMPL0 is ready, and the guest kernel registers its GHCB page. */
  public ScriptedMachine launch() {
    exit(processors.launched(), Exits.runVmpl(1));
    register(kernel());
    return this;
  }

  /** Registers the vCPU's GHCB page. */
  public void register(LevelVcpu vcpu) {
    exit(vcpu, Exits.ghcb(ghcbGpa(vcpu) | Abi.GHCB_MSR_REGISTER_GPA_REQUEST()));
  }

  public long ghcbGpa(LevelVcpu vcpu) {
    return layout.of(vcpu.level()).ghcb(vcpu.processor().apicId());
  }

  public GhcbPage ghcb(LevelVcpu vcpu) {
    return new GhcbPage(memory, ghcbGpa(vcpu));
  }

  /** The code in RAX's place of the GHCB page: why something was refused. */
  public long refusal(LevelVcpu vcpu) {
    return memory.getLong(ghcbGpa(vcpu) + ghcb.rax$offset());
  }

  /** An event in the GHCB page. */
  public Next event(LevelVcpu vcpu, int code, long info1, long info2) {
    fill(vcpu, code, info1, info2);
    return exit(vcpu, Exits.ghcb(ghcbGpa(vcpu)));
  }

  /** Fills the GHCB page in. */
  public void fill(LevelVcpu vcpu, int code, long info1, long info2) {
    long gpa = ghcbGpa(vcpu);
    memory.putInt(gpa + ghcb.usage$offset(), 0);
    memory.putLong(gpa + ghcb.sw_exitcode$offset(), Integer.toUnsignedLong(code));
    memory.putLong(gpa + ghcb.sw_exitinfo1$offset(), info1);
    memory.putLong(gpa + ghcb.sw_exitinfo2$offset(), info2);
    memory.slice(gpa + ghcb.valid_bitmap$offset(), 16).fill((byte) 0xff);
  }

  /** The VMSA page that a driver's request uses: the driver's number is where it starts. */
  public long vmsa(int driver, Vmpl vmpl, int cpl) {
    long gpa = layout.of(Vmpl.VMPL1).vmsa(driver);
    memory.write(gpa + vmsa.vmpl$offset(), new byte[] {(byte) vmpl.number()});
    memory.write(gpa + vmsa.cpl$offset(), new byte[] {(byte) cpl});
    memory.putLong(gpa + vmsa.cr3$offset(), layout.of(Vmpl.VMPL1).pageTables());
    memory.putLong(gpa + vmsa.rip$offset(), entry(driver));
    memory.putLong(gpa + vmsa.rsp$offset(), 0x8000);
    memory.putLong(gpa + vmsa.rdi$offset(), driver);
    memory.putLong(gpa + vmsa.rflags$offset(), 0x200);
    return gpa;
  }

  /** The guest kernel asks for a driver's vCPU. */
  public Next create(int driver, Vmpl vmpl, int apicId) {
    return event(
        kernel(),
        Abi.GHCB_NAE_SNP_AP_CREATION(),
        Exits.request(Abi.GHCB_AP_CREATE(), vmpl, apicId),
        vmsa(driver, vmpl, 0));
  }

  /** The guest kernel asks for a driver's vCPU, and VMPL0 says yes. */
  public LevelVcpu start(int driver, Vmpl vmpl, int apicId) {
    create(driver, vmpl, apicId);
    answer(apicId, Abi.SVSM_SUCCESS());
    LevelVcpu vcpu = vcpu(vmpl, apicId);
    if (vcpu != kernel()) {
      register(vcpu);
    }
    return vcpu;
  }

  /** Whoever runs on the vCPU gives it back. */
  public Next giveBack(LevelVcpu vcpu) {
    return event(
        vcpu,
        Abi.GHCB_NAE_SNP_AP_CREATION(),
        Exits.request(Abi.GHCB_AP_DESTROY(), vcpu.level(), vcpu.processor().apicId()),
        0);
  }

  /** What VMPL0 has been asked, of the request page's fields. */
  public int kind(int apicId) {
    return memory.getInt(layout.of(Vmpl.VMPL0).request(apicId) + kvmpl_request.kind$offset());
  }

  /** The address that VMPL0 is asked about. */
  public long askedFor(int apicId) {
    return memory.getLong(layout.of(Vmpl.VMPL0).request(apicId) + kvmpl_request.gpa$offset());
  }

  /** VMPL0 writes its answer down, and does not say so yet. */
  public void decide(int apicId, int result) {
    long page = layout.of(Vmpl.VMPL0).request(apicId);
    memory.putLong(page + kvmpl_request.result$offset(), Integer.toUnsignedLong(result));
    memory.putInt(page + kvmpl_request.pending$offset(), 0);
  }

  /** VMPL0 answers. */
  public Next answer(int apicId, int result) {
    decide(apicId, result);
    Question question =
        Objects.requireNonNull(processors.get(apicId).question(), "nothing was asked");
    return exit(vcpu(Vmpl.VMPL0, apicId), Exits.runVmpl(question.level().number()));
  }

  /** VMPL0 answers an SVSM call: its result is in the registers that come back. */
  public Next serve(int apicId, int result) {
    long page = layout.of(Vmpl.VMPL0).request(apicId);
    memory.putLong(page + kvmpl_request.rax$offset(), Integer.toUnsignedLong(result));
    return answer(apicId, Abi.SVSM_SUCCESS());
  }

  /** RMPADJUST of 4 KiB by a vCPU, forwarded by its port. */
  public int adjust(LevelVcpu by, long gpa, Vmpl target, int wanted) {
    ScriptedCpu cpu = cpu(by);
    cpu.registers().rax(gpa);
    cpu.registers().rcx(0);
    cpu.registers().rdx(target.number() | (long) wanted << 8);
    VcpuExit.Io in = Exits.in(Abi.KVMPL_PORT_RMPADJUST(), 4);
    exit(by, in);
    return in.data(0);
  }

  /** VMPL0 opens a page to a level for reading and writing. */
  public void grant(long gpa, Vmpl target, int apicId) {
    int answer = adjust(vcpu(Vmpl.VMPL0, apicId), gpa, target, READ_WRITE);
    if (answer != Abi.RMP_OK()) {
      throw new AssertionError("RMPADJUST answers " + answer);
    }
  }

  /** VMPL0 takes that back. */
  public void close(long gpa, Vmpl target, int apicId) {
    adjust(vcpu(Vmpl.VMPL0, apicId), gpa, target, PagePermissions.READ_EXECUTE);
  }

  @Override
  public void close() {
    memory.close();
  }
}
