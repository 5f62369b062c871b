// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.script;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_module;
import dev.kvmpl.bindings.abi.kvmpl_module_area;
import dev.kvmpl.bindings.abi.kvmpl_request;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.linux.agent.Agent;
import dev.kvmpl.linux.attempts.LinuxSide;
import dev.kvmpl.linux.devices.Ports;
import dev.kvmpl.linux.exits.LinuxEnd;
import dev.kvmpl.linux.exits.LinuxExits;
import dev.kvmpl.linux.observe.AttemptRecorder;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.writers.KernelModule.Section;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.LaunchedMachine;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.Observers;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.protocol.stores.StoreAnswer;
import dev.kvmpl.script.Exits;
import dev.kvmpl.script.ScriptedCpu;
import dev.kvmpl.script.ScriptedMachine;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Vmpl;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * A machine with Linux but for KVM: the test plays the kernel, its agent and VMPL0. The kernel's
 * image is mapped as Linux has it, all memory once more where modules are.
 */
public final class ScriptedLinux implements AutoCloseable {
  /** What an address of the image has above its guest-physical one. */
  public static final long IMAGE = 0xffffffff80000000L;

  /** What an address of a module has above its guest-physical one. */
  public static final long MODULES = 0xffffffffc0000000L;

  /** The kernel's text, 2 pages, guest-physical. */
  public static final long TEXT = 0x1000000;

  /** The kernel's constants, 2 pages, guest-physical: the system call table is first. */
  public static final long RODATA = 0x1004000;

  /** A page of data that is the kernel's and open. */
  public static final long DATA = 0x1008000;

  /** Code of the module {@link #DISK}, guest-physical. */
  public static final long DISK_TEXT = 0x1010000;

  /** Its data, 2 pages. */
  public static final long DISK_DATA = 0x1014000;

  /** A module. */
  public static final String DISK = "disk";

  /** Functions of the kernel, guest-physical. */
  public static final long COMMIT_CREDS = TEXT + 0x100;

  public static final long MEMCPY = TEXT + 0x200;
  public static final long TEXT_POKE = TEXT + 0x300;

  private static final String SYMBOLS =
      """
      0000000000000040 D pcpu_hot
      ffffffff81000000 T _text
      ffffffff81000100 T commit_creds
      ffffffff81000200 T memcpy
      ffffffff81000300 t __text_poke
      ffffffff81002000 T _etext
      ffffffff81004000 R __start_rodata
      ffffffff81004000 D sys_call_table
      ffffffff81006000 R __end_rodata
      """;

  private static final long TOLD = 0x200000; // where the agent has what it tells
  private static final long STACK = 0x280000;
  private static final long PER_CPU = 0x290000;
  private static final long TASK = 0x291000;
  private static final int TASK_NAME = 0xb70;
  private static final long PRESENT_WRITABLE = 1 | 1 << 1;
  private static final long PRESENT_WRITABLE_LARGE = PRESENT_WRITABLE | 1 << 7;
  private static final byte[] UD2 = {0x0f, 0x0b};
  private static final long GIBIBYTE = 1L << 30;
  private static final int ENTRIES = 512;

  /** What has been tried. */
  public final AttemptRecorder recorder = new AttemptRecorder();

  /** Whoever watches. */
  public final Observers watching = new Observers();

  public final LinuxEnd end = new LinuxEnd();
  public final Ports ports = new Ports();
  public final LinuxSide side;
  public final LinuxExits exits;

  private final ScriptedMachine machine;
  private final GuestMemory memory;

  private ScriptedLinux(Policy policy, int processors, Detection detection) {
    machine = ScriptedMachine.with().processors(processors).vmpl1Everywhere().build();
    memory = machine.memory();
    PageRange all = new PageRange(MemoryLayout.PAYLOADS.kernelMemory(), memory.size());
    machine.permissions().rmp().assign(all, Vmpl.VMPL1, PagePermissions.ALL);
    machine.permissions().follow(Vmpl.VMPL1, all.firstPage(), all.endPage());
    side =
        new LinuxSide(
            memory, machine.permissions(), policy, watching, machine.vcpu(Vmpl.VMPL1, 0).watched());
    side.observe(recorder);
    exits =
        new LinuxExits(
            machine.dispatcher(),
            machine.attempts.deliveries(),
            ports,
            end,
            side,
            processors,
            detection);
    for (int i = 0; i < processors; i++) {
      cpu(i).registers().rip(IMAGE + DATA);
      cpu(i).registers().rsp(STACK);
      cpu(i).gsBase = PER_CPU;
      mapHigh(cpu(i).pageTables);
    }
    memory.write(DATA, UD2);
    memory.putLong(PER_CPU + 0x40, TASK);
    memory.write(TASK + TASK_NAME, "insmod\0".getBytes(StandardCharsets.US_ASCII));
  }

  /** One whose kernel has told nothing yet. */
  public static ScriptedLinux booted(Policy policy, int processors) {
    return booted(policy, processors, Detection.TRAP);
  }

  private static ScriptedLinux booted(Policy policy, int processors, Detection detection) {
    ScriptedLinux linux = new ScriptedLinux(policy, processors, detection);
    linux.exit(linux.machine.vcpu(Vmpl.VMPL0, 0), Exits.runVmpl(1));
    return linux;
  }

  /** One whose agent has told all, with the module {@link #DISK}. */
  public static ScriptedLinux running(Policy policy) {
    return running(policy, 1);
  }

  /** The same with several processors. */
  public static ScriptedLinux running(Policy policy, int processors) {
    return running(policy, processors, Detection.TRAP);
  }

  /** The same with detection reflect, for whose kernel it is too early to detect anything. */
  public static ScriptedLinux reflecting(Policy policy) {
    return running(policy, 1, Detection.REFLECT);
  }

  /** The same whose kernel detects what its modules attempt. */
  public static ScriptedLinux detecting(Policy policy) {
    return detecting(policy, 1);
  }

  /** The same with several processors. */
  public static ScriptedLinux detecting(Policy policy, int processors) {
    ScriptedLinux linux = running(policy, processors, Detection.REFLECT);
    linux.tell(Abi.KVMPL_AGENT_DETECTS(), 0, 0);
    return linux;
  }

  private static ScriptedLinux running(Policy policy, int processors, Detection detection) {
    ScriptedLinux linux = booted(policy, processors, detection);
    linux.tell(Abi.KVMPL_AGENT_TASKS(), TASK_NAME, 0);
    linux.tellSymbols(SYMBOLS);
    linux.tell(Abi.KVMPL_AGENT_READY(), 0, 0);
    linux.load(DISK, DISK_TEXT, DISK_DATA);
    return linux;
  }

  /** The image's and the modules' last 2 GiB, in pages of 1 GiB that begin at 0. */
  private void mapHigh(long pml4) {
    long pdpt = pml4 + 2 * PageRange.PAGE_SIZE;
    memory.putLong(pml4 + (ENTRIES - 1) * Long.BYTES, pdpt | PRESENT_WRITABLE);
    memory.putLong(pdpt + (ENTRIES - 2) * Long.BYTES, PRESENT_WRITABLE_LARGE);
    memory.putLong(pdpt + (ENTRIES - 1) * Long.BYTES, PRESENT_WRITABLE_LARGE);
  }

  public GuestMemory memory() {
    return memory;
  }

  /** Linux's vCPU of a processor. */
  public LevelVcpu vcpu(int apicId) {
    return machine.vcpu(Vmpl.VMPL1, apicId);
  }

  public ScriptedCpu cpu(int apicId) {
    return machine.cpu(vcpu(apicId));
  }

  /** Hands an exit over. */
  public Next exit(LevelVcpu vcpu, VcpuExit exit) {
    return exits.handle(vcpu, exit);
  }

  /** The same of Linux on the first processor. */
  public Next exit(VcpuExit exit) {
    return exit(vcpu(0), exit);
  }

  /** An exit of VMPL0's vCPU of the first processor. */
  public Next validatorsExit(VcpuExit exit) {
    return exit(machine.vcpu(Vmpl.VMPL0, 0), exit);
  }

  /** Has somebody watch from now on. */
  public void watch(Observer observer) {
    watching.add(observer);
    observer.launched(
        new LaunchedMachine(
            System.nanoTime(),
            memory,
            machine.permissions().rmp(),
            List.of(vcpu(0).watched(), machine.vcpu(Vmpl.VMPL0, 0).watched()),
            List.of(),
            () -> {},
            () -> {}));
  }

  /** The level that runs on a processor. */
  public int turn(int apicId) {
    return machine.turn(apicId);
  }

  /** Whether Linux may store there without being asked, in the database and by what binds. */
  public boolean isOpen(long gpa) {
    boolean allowed = machine.permissions().allows(gpa, 1, Vmpl.VMPL1, PagePermissions.WRITE);
    int bound = machine.bound(Vmpl.VMPL1).access(PageRange.pageOf(gpa));
    if (allowed != ((bound & PagePermissions.WRITE) != 0)) {
      throw new AssertionError("what binds is not what the database says");
    }
    return allowed;
  }

  /** The host has room for so many more pieces. */
  public void room(int pieces) {
    machine.bound(Vmpl.VMPL1).limit(pieces);
  }

  /** The agent tells something. */
  public Next tell(int what, long address, long length) {
    cpu(0).registers().rbx(address);
    cpu(0).registers().rcx(length);
    return exit(Exits.out(Agent.PORT, Integer.BYTES, what));
  }

  /** The agent tells the kernel's symbols. */
  public void tellSymbols(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    memory.write(TOLD, bytes);
    tell(Abi.KVMPL_AGENT_SYMBOLS(), TOLD, bytes.length);
  }

  /** The agent tells of a module with a page of text and two of data. */
  public Next tellModule(int what, String name, long text, long data) {
    return tellModule(what, name, text, data, 2);
  }

  /** The same with so many pages of data. */
  public Next tellModule(int what, String name, long text, long data, long pages) {
    memory.slice(TOLD, kvmpl_module.sizeof()).fill((byte) 0);
    memory.write(TOLD, name.getBytes(StandardCharsets.US_ASCII));
    area(Section.TEXT, text, 1);
    area(Section.DATA, data, pages);
    return tell(what, TOLD, kvmpl_module.sizeof());
  }

  private void area(Section section, long gpa, long pages) {
    long at = TOLD + kvmpl_module.areas$offset() + section.number() * kvmpl_module_area.sizeof();
    memory.putLong(at, MODULES + gpa);
    memory.putLong(at + kvmpl_module_area.bytes$offset(), pages * PageRange.PAGE_SIZE);
  }

  /** A module comes, gets its level and starts. */
  public void load(String name, long text, long data) {
    tellModule(Abi.KVMPL_AGENT_COMING(), name, text, data);
    tell(Abi.KVMPL_AGENT_ASSOCIATE(), cpu(0).registers().rbx(), 1);
    tellModule(Abi.KVMPL_AGENT_LIVE(), name, text, data);
  }

  /** The vCPU is behind an instruction there, whose caller would return to {@code caller}. */
  public void behind(long rip, long caller) {
    cpu(0).registers().rip(rip);
    cpu(0).map(rip & -PageRange.PAGE_SIZE, (rip & (GIBIBYTE - 1)) & -PageRange.PAGE_SIZE);
    memory.putLong(STACK, caller);
  }

  /** This instruction is in memory, and the vCPU at this address, in it or behind it. */
  public void at(long gpa, long virtual, int... instruction) {
    for (int i = 0; i < instruction.length; i++) {
      memory.store(gpa + i, 1, instruction[i]);
    }
    behind(virtual, 0);
  }

  private long request(int apicId) {
    return MemoryLayout.PAYLOADS.of(Vmpl.VMPL0).request(apicId);
  }

  /** What VMPL0 is asked: "module row gpa length data rip", or "" if nothing. */
  public String asked() {
    return asked(0);
  }

  /** The same on a processor. */
  public String asked(int apicId) {
    long page = request(apicId);
    return memory.getInt(page + kvmpl_request.pending$offset()) == 0
        ? ""
        : String.format(
            Locale.ROOT,
            "%d %d %#x %d %#x %#x",
            memory.getInt(page + kvmpl_request.driver$offset()),
            memory.getLong(page + kvmpl_request.rcx$offset()),
            memory.getLong(page + kvmpl_request.gpa$offset()),
            memory.getLong(page + kvmpl_request.length$offset()),
            memory.getLong(page + kvmpl_request.data$offset()),
            memory.getLong(page + kvmpl_request.rax$offset()));
  }

  /** VMPL0 answers as the policy's table has it. */
  public Next answer(StoreAnswer answer) {
    return answer(answer, answer.stores() ? Abi.SVSM_SUCCESS() : Abi.KVMPL_ERR_RESTRICTED());
  }

  /** VMPL0 answers. */
  public Next answer(StoreAnswer answer, int result) {
    memory.putLong(request(0) + kvmpl_request.rdx$offset(), answer.number());
    machine.decide(0, result);
    return validatorsExit(Exits.runVmpl(1));
  }

  /** VMPL0 opens a page, before it answers. */
  public void adjust(long gpa) {
    machine.grant(gpa, Vmpl.VMPL1, 0);
  }

  /** Why the machine has failed. */
  public String failure() {
    return Objects.requireNonNull(end.ending(), "it has not ended").message();
  }

  @Override
  public void close() {
    machine.close();
  }
}
