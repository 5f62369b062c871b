// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.claims;

import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;

/** Who has to perform a step for it to be evidence. */
enum Actor {
  /** The driver, on the vCPU that was associated with it. */
  DRIVER,
  /** The guest kernel's part at VMPL1. */
  GUEST_KERNEL,
  /** The guest kernel's part at VMPL0. */
  VALIDATOR,
  /** The VMM. */
  HYPERVISOR;

  static Actor of(Step step) {
    return switch (step) {
      case ATTEMPT, COMPLETE -> DRIVER;
      case ASSIGN, REQUEST, DETECT, EXIT1 -> GUEST_KERNEL;
      case LOOKUP, OBTAIN, EXECUTE, RESTRICTED, OWNER, ERROR, DESIGNATE, ADJUST, IRQ, EXIT2 ->
          VALIDATOR;
      case ASSOCIATE, LAUNCH, GRANT, RELAUNCH -> HYPERVISOR;
    };
  }

  /** Whether the event was performed by this actor; drivers here run at VMPL1. */
  boolean performed(StepEvent event) {
    return switch (this) {
      case DRIVER, GUEST_KERNEL -> event.vmpl() == 1;
      case VALIDATOR -> event.vmpl() == 0;
      case HYPERVISOR -> event.vmpl() == StepEvent.HYPERVISOR;
    };
  }
}
