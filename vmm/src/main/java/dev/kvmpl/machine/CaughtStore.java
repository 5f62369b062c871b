// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.kvm.VcpuExit;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.protocol.RequestPage;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.PagePermissions;
import org.jspecify.annotations.Nullable;

/**
 * The store that the first vCPU attempted and that a level's permissions caught: collected whole,
 * judged once, then carried out whole or not at all. KVM has retired the instruction by the time of
 * the exit, so nobody else will do it.
 */
final class CaughtStore {
  private final MachineParts parts;
  private final RequestPage request;
  private final Recorder recorder;
  private final Straddle straddle;

  private boolean inProgress;
  private int driver;
  private long gpa;
  private int length;
  private long data;

  CaughtStore(MachineParts parts, Recorder recorder) {
    this.parts = parts;
    this.request = parts.request();
    this.recorder = recorder;
    this.straddle = new Straddle(parts.memory(), parts.rmp());
  }

  /**
   * Takes the store over from the exit.
   *
   * @return null, or why it cannot be completed exactly once
   */
  @Nullable String capture(LevelVcpu vcpu, VcpuExit.Mmio mmio) {
    gpa = mmio.gpa();
    length = mmio.length();
    data = mmio.data();
    // The next part of the same access, if there is one, is the next exit; the guest does not run.
    if (!(vcpu.vcpu().finish() instanceof VcpuExit.Interrupted)) {
      return "a store of more than 8 bytes or across a page's end, which detection trap cannot"
          + " complete (first part: %d bytes at gpa %#x)".formatted(length, gpa);
    }
    return straddle.isPart(vcpu.vcpu(), vcpu.level(), gpa, length)
        ? "a store across a page's end, whose other part is in memory already, which detection trap"
            + " cannot complete (this part: %d bytes at gpa %#x)".formatted(length, gpa)
        : null;
  }

  /** Asks the validator on the second vCPU, which has to run next. */
  void ask(int byDriver) {
    driver = byDriver;
    inProgress = true;
    recorder.step(Step.EXIT1, parts.first(), driver, gpa, length, data);
    request.askToWrite(driver, gpa, length, data);
    recorder.step(Step.LAUNCH, parts.second(), driver, gpa, length, data);
  }

  boolean inProgress() {
    return inProgress;
  }

  /** The validator has decided: carries the store out, or tells the driver why not. */
  void answered() {
    inProgress = false;
    LevelVcpu first = parts.first();
    Verdict verdict = Verdict.of(request.result());
    // The database is the authority: no store where the level still may not write.
    if (verdict.done() && !parts.rmp().allows(gpa, length, first.level(), PagePermissions.WRITE)) {
      verdict = Verdict.NOT_GRANTED;
    }
    if (verdict.done()) {
      parts.memory().store(gpa, length, data);
    } else {
      GhcbPage ghcb = first.usableGhcb(parts.rmp());
      if (ghcb != null) {
        ghcb.reportRefusedWrite(gpa, verdict.code());
      }
    }
    recorder.judged(driver, gpa, length, data, verdict, request.owner());
    recorder.step(Step.RELAUNCH, first, driver, gpa, length, data);
  }
}
