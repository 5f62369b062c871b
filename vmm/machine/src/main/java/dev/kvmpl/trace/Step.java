// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.trace;

import dev.kvmpl.bindings.abi.Abi;
import java.util.Optional;

/** The steps of the claims, in their order; docs/steps.md says what each is. */
public enum Step {
  ASSIGN(Abi.KVMPL_STEP_ASSIGN(), "the kernel assigns the driver its level"),
  REQUEST(Abi.KVMPL_STEP_REQUEST(), "it asks for a vCPU of that level"),
  ASSOCIATE(Abi.KVMPL_STEP_ASSOCIATE(), "the hypervisor records whose vCPU it is"),
  ATTEMPT(Abi.KVMPL_STEP_ATTEMPT(), "the driver tries it"),
  DETECT(Abi.KVMPL_STEP_DETECT(), "the guest kernel detects it"),
  EXIT1(Abi.KVMPL_STEP_EXIT1(), "it is an exit to the hypervisor"),
  LAUNCH(Abi.KVMPL_STEP_LAUNCH(), "the hypervisor launches the second vCPU"),
  LOOKUP(Abi.KVMPL_STEP_LOOKUP(), "the validator looks the codebase up"),
  OBTAIN(Abi.KVMPL_STEP_OBTAIN(), "it obtains the codebase"),
  EXECUTE(Abi.KVMPL_STEP_EXECUTE(), "it executes the codebase"),
  RESTRICTED(Abi.KVMPL_STEP_RESTRICTED(), "is it inside a restricted range?"),
  OWNER(Abi.KVMPL_STEP_OWNER(), "is it another driver's?"),
  ERROR(Abi.KVMPL_STEP_ERROR(), "refused: an error code for the driver"),
  DESIGNATE(Abi.KVMPL_STEP_DESIGNATE(), "the page is recorded as the driver's"),
  ADJUST(Abi.KVMPL_STEP_ADJUST(), "the validator executes RMPADJUST"),
  GRANT(Abi.KVMPL_STEP_GRANT(), "the level may do it now"),
  IRQ(Abi.KVMPL_STEP_IRQ(), "the second vCPU requests an interrupt"),
  EXIT2(Abi.KVMPL_STEP_EXIT2(), "its handler exits to the hypervisor"),
  RELAUNCH(Abi.KVMPL_STEP_RELAUNCH(), "it launches the first vCPU again"),
  COMPLETE(Abi.KVMPL_STEP_COMPLETE(), "the driver has done it");

  private static final Step[] STEPS = values();

  private final int number;
  private final String meaning;

  Step(int number, String meaning) {
    this.number = number;
    this.meaning = meaning;
  }

  /** The number by which guests record it. */
  public int number() {
    return number;
  }

  /** What happens, in a few words. */
  public String meaning() {
    return meaning;
  }

  /** The name in documents: RESTRICTED and OWNER are questions. */
  public String label() {
    return this == RESTRICTED || this == OWNER ? name() + "?" : name();
  }

  /** The step of that number; empty if there is none, for a guest may write anything. */
  public static Optional<Step> of(int number) {
    return number >= 1 && number <= STEPS.length
        ? Optional.of(STEPS[number - 1])
        : Optional.empty();
  }

  /** The step of that {@link #label}, or of that name. */
  public static Optional<Step> byLabel(String label) {
    for (Step step : STEPS) {
      if (step.label().equals(label) || step.name().equals(label)) {
        return Optional.of(step);
      }
    }
    return Optional.empty();
  }
}
