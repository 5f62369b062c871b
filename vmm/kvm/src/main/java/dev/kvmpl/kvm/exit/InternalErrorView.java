// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.exit;

import dev.kvmpl.bindings.kvm.Kvm;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/** An error of KVM's own, in a run area. */
abstract class InternalErrorView extends RunView {
  /** What {@link #gpa} is where KVM does not tell. */
  public static final long UNKNOWN = -1;

  InternalErrorView(MemorySegment run, String name) {
    super(run, name);
  }

  /** KVM_INTERNAL_ERROR_...: 1 is an instruction that KVM cannot emulate. */
  public int suberror() {
    return ErrorFields.suberror(run);
  }

  /** The suberror's name as in KVM_INTERNAL_ERROR_...; UNKNOWN if the API document has none. */
  public String suberrorName() {
    return ExitNames.ofSuberror(suberror());
  }

  /** Whether KVM would have had to emulate an instruction and could not (EMULATION). */
  public boolean isEmulation() {
    return suberror() == Kvm.KVM_INTERNAL_ERROR_EMULATION();
  }

  /**
   * Whether the access was part of an event's delivery (DELIVERY_EV): on the way to the handler of
   * an exception or an interrupt, whose stack or tables no slot allows. {@link
   * dev.kvmpl.kvm.Vcpu#deliversEvent} tells whether the event is still under way.
   */
  public boolean isEventDelivery() {
    return suberror() == Kvm.KVM_INTERNAL_ERROR_DELIVERY_EV();
  }

  /**
   * The guest-physical address of the access in an {@link #isEventDelivery event's delivery};
   * {@link #UNKNOWN} where KVM does not tell, as kvm_intel of 6.12 for most.
   */
  public long gpa() {
    return isEventDelivery() ? ErrorFields.deliveryGpa(run) : UNKNOWN;
  }

  /** Whether the access at {@link #gpa} is known to be a write. */
  public boolean isWrite() {
    return gpa() != UNKNOWN && ErrorFields.deliveryWrites(run);
  }

  /** Whether this is a failed emulation of an instruction that starts with these bytes. */
  public boolean isEmulationOf(byte[] opcode) {
    return isEmulation() && ErrorFields.instructionStartsWith(run, opcode);
  }

  /** The bytes at RIP as KVM fetched them, in hex; empty if it has none. */
  public String instruction() {
    return isEmulation() ? ErrorFields.instruction(run) : "";
  }

  /** How many words of {@link #data} there are, 0 to 16. */
  public int dataCount() {
    return ErrorFields.words(run);
  }

  /** A word of what KVM says of it; which means what depends on the suberror and on KVM. */
  public long data(int index) {
    return ErrorFields.word(run, index);
  }

  /** The suberror with its name, and what KVM says of it: "suberror 3, DELIVERY_EV: ...". */
  @Override
  public String toString() {
    String more = "";
    if (!instruction().isEmpty()) {
      more = ": KVM cannot emulate " + instruction();
    } else if (gpa() != UNKNOWN) {
      more =
          String.format(
              Locale.ROOT,
              ": an event's delivery %s gpa %#x",
              isWrite() ? "writes" : "reads",
              gpa());
    }
    return String.format(Locale.ROOT, "suberror %d, %s%s", suberror(), suberrorName(), more);
  }
}
