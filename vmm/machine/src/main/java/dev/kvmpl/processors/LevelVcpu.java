// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

import dev.kvmpl.enforcement.Gate;
import dev.kvmpl.enforcement.Level;
import dev.kvmpl.kvm.debug.GuestDebug;
import dev.kvmpl.kvm.state.LongMode;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.observe.GuestClock;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One vCPU: of one processor and one level, with what the hypervisor keeps about it. What can
 * change belongs to the machine's lock.
 */
public final class LevelVcpu {
  private final int number;
  private final Processor processor;
  private final Level level;
  private final GuestCpu cpu;
  private final LongMode mode;
  private final String name;
  private final VcpuState state;

  /** A moment of the changes of pages before which it has read nothing that it stores now. */
  private long computedSince;

  /** Whether it goes on with what it was told by a read's answer. */
  private boolean answered;

  private final Progress progress = new Progress();
  private final Turn.Of turn = new Turn.Of(this);
  private final WatchedVcpu watched;

  private Runnable kick = () -> {};

  /** What whoever runs on it has arranged with the hypervisor. */
  private GuestGhcb ghcb = new GuestGhcb();

  /**
   * A vCPU that has not run.
   *
   * @param number unique in the machine
   * @param mode how it starts
   * @param ring the guest-physical address of its trace ring
   * @param console the guest-physical address of its console
   */
  public LevelVcpu(
      int number,
      Processor processor,
      Level level,
      GuestCpu cpu,
      LongMode mode,
      long ring,
      long console) {
    this.number = number;
    this.processor = processor;
    this.level = level;
    this.cpu = cpu;
    this.mode = mode;
    this.state = new VcpuState(cpu);
    this.name = "vcpu" + number + "-" + level.vmpl().name().toLowerCase(Locale.ROOT);
    this.watched =
        new WatchedVcpu(
            number,
            name,
            level.vmpl(),
            processor.apicId(),
            ring,
            level.vmpl() == Vmpl.VMPL0 ? processor.request().gpa() : 0,
            console,
            new Watched(cpu));
  }

  private static final class Watched implements WatchedVcpu.Cpu {
    private final GuestCpu cpu;
    private @Nullable GuestClock clock;

    Watched(GuestCpu cpu) {
      this.cpu = cpu;
    }

    @Override
    public long rip() {
      return cpu.registers().rip();
    }

    @Override
    public Registers registers() {
      return cpu.registers();
    }

    @Override
    public void setRegisters() {
      cpu.setRegisters();
    }

    @Override
    public long translate(long virtualAddress) {
      return cpu.translate(virtualAddress);
    }

    @Override
    public void debug(GuestDebug wanted) {
      cpu.debug(wanted);
    }

    @Override
    public GuestClock clock() {
      if (clock == null) {
        clock =
            new GuestClock(cpu.timeStampCounter(), System.nanoTime(), cpu.timeStampCounterKhz());
      }
      return clock;
    }
  }

  /** The registered GHCB page, if the level may still write it. */
  public @Nullable GhcbPage usableGhcb(Rmp rmp) {
    return ghcb.usable(rmp, level());
  }

  /**
   * It enters the guest: what it computes from now on is made of memory as it is now, unless it
   * goes on with a read that was answered before.
   */
  public void entersAt(long moment) {
    if (!answered) {
      computedSince = moment;
    }
    answered = false;
  }

  /** A read of its has been answered: what it computes is made of memory as it is now. */
  public void answeredAt(long moment) {
    computedSince = moment;
    answered = true;
  }

  /** Unique in its machine: 0 is the guest kernel's, 1 the validator's on the same processor. */
  public int number() {
    return number;
  }

  public Processor processor() {
    return processor;
  }

  public Vmpl level() {
    return level.vmpl();
  }

  public Gate gate() {
    return level.gate();
  }

  /** What runs its guest. */
  public GuestCpu cpu() {
    return cpu;
  }

  /** Its registers, for those who decode its instructions. */
  public VcpuState state() {
    return state;
  }

  public LongMode mode() {
    return mode;
  }

  public String name() {
    return name;
  }

  /** The vCPU, for those who watch. */
  public WatchedVcpu watched() {
    return watched;
  }

  /** That it runs next. */
  public Turn turn() {
    return turn;
  }

  /** A moment before which it has read nothing that it stores now. */
  public long computedSince() {
    return computedSince;
  }

  /** Whether it gets on. */
  public Progress progress() {
    return progress;
  }

  /** What whoever runs on it has arranged with the hypervisor. */
  public GuestGhcb ghcb() {
    return ghcb;
  }

  /** Somebody else runs on it now. */
  public void ghcb(GuestGhcb other) {
    ghcb = other;
  }

  /** The thread that is going to run it can be made to leave the guest by {@code how}. */
  void runsOn(Runnable how) {
    kick = how;
    gate().expect(how);
  }

  /** Makes it leave the guest soon, if it is inside. */
  public void kick() {
    kick.run();
  }
}
