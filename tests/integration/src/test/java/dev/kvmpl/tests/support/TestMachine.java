// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.support;

import static dev.kvmpl.tests.support.TestMachine.OTHERS;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.fd.Closing;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.machine.Machine;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.LoadedImage;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.spec.Codebase;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.Driver;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.GrantKind;
import dev.kvmpl.spec.HandOverKind;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.spec.PayloadsTooLargeException;
import dev.kvmpl.spec.Permission;
import dev.kvmpl.spec.Policy;
import dev.kvmpl.spec.Recording;
import dev.kvmpl.spec.SlotChanges;
import dev.kvmpl.vmpl.Vmpl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A machine of 24 MiB with the built-in kernel and validator, one restricted range, and one range
 * that belongs to a driver which does nothing: driver 1. A test's own drivers count from 2 on.
 */
public final class TestMachine implements AutoCloseable {
  /** Kernel memory that is nobody's, and not restricted: the start of several pages. */
  public static final long FREE = 0x1100000;

  /** Kernel memory that no driver may write. */
  public static final PageRange RESTRICTED = new PageRange(0x1400000, 0x1410000);

  /** Kernel memory that belongs to driver 1. */
  public static final PageRange OTHERS = new PageRange(0x1200000, 0x1210000);

  /** The number of the test's first driver. */
  public static final int DRIVER = 2;

  private static final long MEMORY_SIZE = 24 << 20;

  /** Long enough for a slow host; only guests that hang take all of what they are given. */
  private static final Duration TIME_LIMIT = Duration.ofSeconds(60);

  /** What tests that do not choose take: every test can be run with each. */
  private static final HandOverKind HAND_OVER =
      HandOverKind.valueOf(
          System.getProperty("kvmpl.handover", "threads").toUpperCase(Locale.ROOT));

  /** The same. */
  public static final EnforcementKind ENFORCEMENT =
      EnforcementKind.valueOf(
          System.getProperty("kvmpl.enforcement", "slots").toUpperCase(Locale.ROOT));

  /**
   * Whether what is caught at CPL 0 has not been executed, with that enforcement on this host. What
   * is refused ends with an exception then, and what is allowed the CPU executes.
   */
  public static final boolean PENDING =
      ENFORCEMENT == EnforcementKind.MAPPING && !Host.detect().emulatesSupervisor();

  /** The same, but with mapping, detection fault or codebases, which not every kind goes with. */
  public static final GrantKind GRANT =
      GrantKind.valueOf(System.getProperty("kvmpl.grant", "page").toUpperCase(Locale.ROOT));

  private final Kvm kvm;
  private final Machine machine;

  private TestMachine(MachineSpec spec) {
    kvm = Kvm.open();
    try {
      machine = new Machine(kvm, spec);
    } catch (RuntimeException e) {
      Closing.after(e, kvm);
      throw e;
    } catch (PayloadsTooLargeException e) {
      kvm.close();
      throw new IllegalStateException(e);
    }
  }

  /** Starts to describe a machine. */
  public static Builder with() {
    return new Builder();
  }

  /** Stores of the test's only driver: triples of address, length and data. */
  public static TestMachine storing(Long... stores) {
    return with().driver(BuiltInPayload.STORE, stores).build();
  }

  /** Has entries of 2 MiB there in the permissions database. */
  public TestMachine withLargeEntries(PageRange range) {
    machine.useLargeEntries(range);
    return this;
  }

  /** Has so many slots a level. */
  public TestMachine withSlots(int most) {
    machine.limitSlots(most);
    return this;
  }

  /** Runs the machine to its end. */
  public RunResult run(Observer... observers) {
    try {
      return machine.run(observers);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Exits because of an access that a level's permissions did not allow, whatever enforces them.
   */
  public static long caught(RunResult result) {
    return result.exits().getOrDefault("MMIO", 0L)
        + result.exits().getOrDefault("MEMORY_FAULT", 0L);
  }

  /** The payloads in the machine's memory. */
  public List<LoadedImage> images() {
    return machine.images();
  }

  /** The machine's memory, before and after the run. */
  public GuestMemory memory() {
    return machine.memory();
  }

  @Override
  public void close() {
    Closing.all(machine, kvm);
  }

  /** What can be different from one test to the next. */
  public static final class Builder {
    private final List<Driver> drivers = new ArrayList<>();
    private final List<Codebase> codebases = new ArrayList<>();
    private PayloadImage kernel = Payloads.builtIn(BuiltInPayload.KERNEL);
    private PayloadImage validator = Payloads.builtIn(BuiltInPayload.VALIDATOR);
    private Duration timeLimit = TIME_LIMIT;
    private Recording recording = Recording.STEPS;
    private Detection detection = Detection.TRAP;
    private HandOverKind handOver = HAND_OVER;
    private SlotChanges slotChanges = SlotChanges.BOOT_CPU;
    private @Nullable GrantKind grant;
    private Policy policy = Policy.ENFORCE;
    private EnforcementKind enforcement = ENFORCEMENT;
    private List<PageRange> restricted = List.of(RESTRICTED);
    private List<PageRange> hidden = List.of();
    private List<PageRange> protectedVirtual = List.of();
    private long memorySize = MEMORY_SIZE;

    private Builder() {
      drivers.add(
          Driver.named("others", Payloads.builtIn(BuiltInPayload.STORE))
              .owns(List.of(OTHERS))
              .build());
    }

    /** A machine with the test's drivers alone, the first of which is number 1. */
    public Builder withoutOthers() {
      drivers.clear();
      return this;
    }

    public Builder driver(BuiltInPayload payload, Long... arguments) {
      return driver(Payloads.builtIn(payload), arguments);
    }

    /** A driver that owns ranges from the start. */
    public Builder driver(BuiltInPayload payload, List<PageRange> owns, Long... arguments) {
      drivers.add(
          Driver.named("owner", Payloads.builtIn(payload))
              .owns(owns)
              .arguments(Arrays.asList(arguments))
              .build());
      return this;
    }

    public Builder driver(PayloadImage payload, Long... arguments) {
      drivers.add(Driver.named("tested", payload).arguments(Arrays.asList(arguments)).build());
      return this;
    }

    /** A driver at a level and on processors of its own. */
    public Builder driver(
        BuiltInPayload payload, Vmpl level, List<Integer> processors, Long... arguments) {
      return driver(Payloads.builtIn(payload), level, processors, arguments);
    }

    public Builder driver(
        PayloadImage payload, Vmpl level, List<Integer> processors, Long... arguments) {
      drivers.add(
          Driver.named("tested", payload)
              .level(level)
              .processors(processors)
              .arguments(Arrays.asList(arguments))
              .build());
      return this;
    }

    public Builder driver(Driver driver) {
      drivers.add(driver);
      return this;
    }

    /** A driver that owns ranges from the start, and is unloaded in the end. */
    public Builder unloaded(PayloadImage payload, List<PageRange> owns, Long... arguments) {
      drivers.add(
          Driver.named("unloaded", payload)
              .owns(owns)
              .unload(true)
              .arguments(Arrays.asList(arguments))
              .build());
      return this;
    }

    /** Stores what the driver before may do. */
    public Builder permissions(Permission... permissions) {
      drivers.add(drivers.removeLast().but().permissions(List.of(permissions)).build());
      return this;
    }

    /** A codebase that decides for ranges; the first has identifier 1. */
    public Builder codebase(PayloadImage payload, PageRange... decides) {
      codebases.add(new Codebase("tested", payload, List.of(decides)));
      return this;
    }

    /** A driver at CPL 3. */
    public Builder hosted(BuiltInPayload payload, Long... arguments) {
      return hosted(Payloads.builtIn(payload), arguments);
    }

    public Builder hosted(PayloadImage payload, Long... arguments) {
      drivers.add(
          Driver.named("hosted", payload)
              .cpl(Driver.HOSTED)
              .arguments(Arrays.asList(arguments))
              .build());
      return this;
    }

    /** Other restricted ranges than the one. */
    public Builder restricted(List<PageRange> ranges) {
      restricted = ranges;
      return this;
    }

    /** Memory that drivers may not even read before they have asked. */
    public Builder hidden(PageRange... ranges) {
      hidden = List.of(ranges);
      return this;
    }

    /** Virtual ranges that shall lead where they lead at launch. */
    public Builder protectedVirtual(PageRange... ranges) {
      protectedVirtual = List.of(ranges);
      return this;
    }

    /** More memory than other tests need, in bytes. */
    public Builder memory(long size) {
      memorySize = size;
      return this;
    }

    public Builder detection(Detection wanted) {
      detection = wanted;
      return this;
    }

    public Builder handOver(HandOverKind wanted) {
      handOver = wanted;
      return this;
    }

    public Builder slotChanges(SlotChanges wanted) {
      slotChanges = wanted;
      return this;
    }

    public Builder grant(GrantKind wanted) {
      grant = wanted;
      return this;
    }

    /** What the test has chosen, or what goes with what it has. */
    private GrantKind grant() {
      boolean plain =
          detection == Detection.TRAP
              && enforcement == EnforcementKind.SLOTS
              && codebases.isEmpty()
              && drivers.stream().allMatch(driver -> driver.processors().equals(List.of(0)));
      return grant != null ? grant : plain ? GRANT : GrantKind.PAGE;
    }

    /** Whether what is refused happens all the same. */
    public Builder policy(Policy wanted) {
      policy = wanted;
      return this;
    }

    public Builder enforcement(EnforcementKind wanted) {
      enforcement = wanted;
      return this;
    }

    public Builder kernel(PayloadImage payload) {
      kernel = payload;
      return this;
    }

    public Builder validator(PayloadImage payload) {
      validator = payload;
      return this;
    }

    /** For guests that hang: one second is a lot for what they do before. */
    public Builder timeLimit(Duration limit) {
      timeLimit = limit;
      return this;
    }

    public Builder recording(Recording kept) {
      recording = kept;
      return this;
    }

    /** The machine, not running yet. */
    public TestMachine build() {
      return new TestMachine(
          MachineSpec.of(kernel, validator)
              .memorySize(memorySize)
              .detection(detection)
              .handOver(handOver)
              .slotChanges(slotChanges)
              .enforcement(enforcement)
              .grant(grant())
              .policy(policy)
              .restricted(restricted)
              .hidden(hidden)
              .protectedVirtual(protectedVirtual)
              .codebases(codebases)
              .drivers(drivers)
              .timeLimit(timeLimit)
              .recording(recording)
              .build());
    }
  }

  static {
    assert MEMORY_SIZE >= MemoryLayout.PAYLOADS.memoryMin();
  }
}
