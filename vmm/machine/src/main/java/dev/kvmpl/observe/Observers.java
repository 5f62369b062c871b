// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.observe;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.observe.Observer.Reply;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Arrays;

/**
 * Everybody who watches a machine. Belongs to the machine's lock. What it passes on allocates
 * nothing by itself.
 */
public final class Observers {
  private Observer[] all = {};
  private boolean operationsWanted;
  private boolean pauseWanted;

  /** Nobody watches yet. */
  public Observers() {}

  /** Adds one, before the machine runs. */
  public void add(Observer observer) {
    Observer[] more = Arrays.copyOf(all, all.length + 1);
    more[all.length] = observer;
    all = more;
    operationsWanted |= observer.wantsOperations();
  }

  /** The machine is about to run. */
  public void launched(LaunchedMachine machine) {
    for (Observer observer : all) {
      observer.launched(machine);
    }
  }

  /** A vCPU has left the guest. */
  public void exit(WatchedVcpu vcpu, int driver, VcpuExit exit) {
    for (Observer observer : all) {
      note(observer.exit(vcpu, driver, exit));
    }
  }

  /** The hypervisor has performed a step. */
  public void step(
      Step step, WatchedVcpu vcpu, int driver, Access access, long gpa, long length, long data) {
    for (Observer observer : all) {
      note(observer.step(step, vcpu, driver, access, gpa, length, data));
    }
  }

  /** A level's permissions on pages have changed. */
  public void permitted(WatchedVcpu by, Vmpl level, long gpa, long length, int permissions) {
    for (Observer observer : all) {
      observer.permitted(by, level, gpa, length, permissions);
    }
  }

  /** Whether {@link #judged} is wanted: an operation is an object. */
  public boolean wantOperations() {
    return operationsWanted;
  }

  /** An operation has its verdict. */
  public void judged(WatchedVcpu vcpu, Operation operation, boolean exact) {
    for (Observer observer : all) {
      note(observer.judged(vcpu, operation, exact));
    }
  }

  /** Another vCPU of a processor runs next. */
  public void handedOver(int processor, int level) {
    for (Observer observer : all) {
      observer.handedOver(processor, level);
    }
  }

  /** The machine is paused. */
  public void paused() {
    for (Observer observer : all) {
      observer.paused();
    }
  }

  /** An interrupt has been delivered to a vCPU. */
  public void interrupted(WatchedVcpu vcpu) {
    for (Observer observer : all) {
      observer.interrupted(vcpu);
    }
  }

  /** The machine has come to its end. */
  public void ended(Outcome outcome, String message) {
    for (Observer observer : all) {
      observer.ended(outcome, message);
    }
  }

  private void note(Reply reply) {
    pauseWanted |= reply == Reply.PAUSE;
  }

  /** Whether anybody has asked for a pause since the last call. */
  public boolean takePause() {
    boolean wanted = pauseWanted;
    pauseWanted = false;
    return wanted;
  }
}
