// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.observe;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.Vmpl;

/**
 * Is told what happens in a machine, in the order in which it happens. All methods but {@link
 * #launched} are called by the vCPUs' threads under the machine's lock, one at a time: copy and
 * return. What is thrown here ends the machine.
 */
public interface Observer {
  /** What the machine does after it has told of something. */
  enum Reply {
    /** It runs on. */
    GO_ON,
    /**
     * All vCPUs leave the guest, once what has happened is dealt with, and none enters it until
     * {@link LaunchedMachine#resume}; {@link #paused} says when. The time limit goes on. An exit
     * that a debugger has asked for is dealt with by that.
     */
    PAUSE
  }

  /** The machine is about to run. Called by the thread that runs it. */
  default void launched(LaunchedMachine machine) {}

  /**
   * A vCPU has left the guest.
   *
   * @param driver whose the vCPU is, 0 for no driver's
   * @param exit the same object every time, which holds this exit until the vCPU runs again
   */
  default Reply exit(WatchedVcpu vcpu, int driver, VcpuExit exit) {
    return Reply.GO_ON;
  }

  /**
   * The hypervisor has performed a step. With {@link Step#GRANT}, {@code data} are the {@link
   * dev.kvmpl.vmpl.PagePermissions} of the {@code length} bytes at {@code gpa} now.
   *
   * @param driver whom it is about, 0 for the guest kernel
   */
  default Reply step(
      Step step, WatchedVcpu vcpu, int driver, Access access, long gpa, long length, long data) {
    return Reply.GO_ON;
  }

  /**
   * The permissions of a level on pages have changed in the database, and bind.
   *
   * @param by whose instruction it was
   * @param permissions as in {@link dev.kvmpl.vmpl.PagePermissions}
   */
  default void permitted(WatchedVcpu by, Vmpl level, long gpa, long length, int permissions) {}

  /** Whether {@link #judged} is wanted: an operation is an object. */
  default boolean wantsOperations() {
    return false;
  }

  /**
   * An operation has its verdict. Only called while anybody {@link #wantsOperations}.
   *
   * @param exact false if all that was asked about is an address, so that length and data are not
   *     known
   */
  default Reply judged(WatchedVcpu vcpu, Operation operation, boolean exact) {
    return Reply.GO_ON;
  }

  /**
   * Another vCPU of a processor runs next.
   *
   * @param processor its APIC id
   * @param level the level that runs, -1 for none
   */
  default void handedOver(int processor, int level) {}

  /** The machine is paused, and no vCPU is in the guest any more. */
  default void paused() {}

  /** An interrupt has been delivered to a vCPU. */
  default void interrupted(WatchedVcpu vcpu) {}

  /** The machine has come to its end by itself. Not called when it is stopped from outside. */
  default void ended(Outcome outcome, String message) {}
}
