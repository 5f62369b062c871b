// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.kvm.LongMode;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One vCPU: of one processor and one level, with what the hypervisor keeps about it. What can
 * change belongs to the {@link Hypervisor}'s lock.
 */
final class LevelVcpu {
  private final int number;
  private final Processor processor;
  private final Level level;
  private final Vcpu vcpu;
  private final LongMode mode;
  private final String name;
  private final VcpuState state;

  /** A moment of the {@link PageChanges} before which it has read nothing that it stores now. */
  long computedSince;

  /** Whether it goes on with what it was told by a read's answer. */
  private boolean answered;

  final Progress progress = new Progress();
  private final Turn.Of turn = new Turn.Of(this);

  /** The driver that it belongs to, 0 for none: then it is the guest kernel's or idle. */
  int driver;

  /** The driver that it is going to belong to once VMPL0 has heard of it, 0 for none. */
  int nextDriver;

  /** The driver that has given it back, as long as VMPL0 has not heard of it, 0 for none. */
  int lastDriver;

  /** Whether the guest kernel has taken it from its driver, which does not know yet. */
  boolean destroyed;

  /** Makes it leave the guest soon; set by its thread. */
  Runnable kick = () -> {};

  /** What whoever runs on it has arranged with the hypervisor. */
  GuestGhcb ghcb = new GuestGhcb();

  /**
   * The access for which it runs again, since the event that KVM reports should be delivered
   * ({@link EventDelivery#isOver}); {@link Vcpu#UNMAPPED} after any other exit.
   */
  long ranAgainFor = Vcpu.UNMAPPED;

  /**
   * @param number unique in the machine
   * @param mode how it starts
   */
  LevelVcpu(int number, Processor processor, Level level, Vcpu vcpu, LongMode mode) {
    this.number = number;
    this.processor = processor;
    this.level = level;
    this.vcpu = vcpu;
    this.mode = mode;
    this.state = new VcpuState(vcpu);
    this.name = "vcpu" + number + "-" + level.vmpl().name().toLowerCase(Locale.ROOT);
  }

  /** The registered GHCB page, if the level may still write it. */
  @Nullable GhcbPage usableGhcb(Rmp rmp) {
    return ghcb.usable(rmp, level());
  }

  /**
   * It enters the guest: what it computes from now on is made of memory as it is now, unless it
   * goes on with a read that was answered before.
   */
  void entersAt(long moment) {
    if (!answered) {
      computedSince = moment;
    }
    answered = false;
  }

  /** A read of its has been answered: what it computes is made of memory as it is now. */
  void answeredAt(long moment) {
    computedSince = moment;
    answered = true;
  }

  /** Unique in its machine: 0 is the guest kernel's, 1 the validator's on the same processor. */
  int number() {
    return number;
  }

  Processor processor() {
    return processor;
  }

  Vmpl level() {
    return level.vmpl();
  }

  Gate gate() {
    return level.gate();
  }

  Vcpu vcpu() {
    return vcpu;
  }

  /** Its registers, for those who decode its instructions. */
  VcpuState state() {
    return state;
  }

  LongMode mode() {
    return mode;
  }

  String name() {
    return name;
  }

  /** Whose it is now, to be appended to a message: nothing if no driver has it. */
  String whose() {
    return driver == 0 ? "" : String.format(Locale.ROOT, "; the vCPU is driver %d's", driver);
  }

  /** That it runs next. */
  Turn turn() {
    return turn;
  }
}
