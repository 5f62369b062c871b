// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.state;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_VCPU_EVENTS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_VCPU_EVENTS;

import dev.kvmpl.bindings.kvm.kvm_vcpu_events;
import dev.kvmpl.kvm.fd.VcpuState;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/**
 * What waits to be delivered to a vCPU: exceptions, interrupts, NMIs, SMIs, and what keeps them
 * from it (struct kvm_vcpu_events; api.rst 4.31, 4.32). The operation of the last exit has to be
 * finished before it is got or set.
 */
public final class VcpuEvents extends VcpuState {
  private final MemorySegment events = segment();
  private final MemorySegment exception = kvm_vcpu_events.exception(events);
  private final MemorySegment interrupt = kvm_vcpu_events.interrupt(events);
  private final MemorySegment nmi = kvm_vcpu_events.nmi(events);
  private final MemorySegment smi = kvm_vcpu_events.smi(events);
  private final MemorySegment tripleFault = kvm_vcpu_events.triple_fault(events);

  /** Nothing waits. */
  public VcpuEvents() {
    this(allocate(kvm_vcpu_events.layout()));
  }

  VcpuEvents(MemorySegment segment) {
    super("VCPU_EVENTS", KVM_GET_VCPU_EVENTS(), KVM_SET_VCPU_EVENTS(), segment);
  }

  /**
   * Has an exception delivered before the next instruction, whatever waited before.
   *
   * @param vector one that has an error code
   */
  public void injectException(int vector, int errorCode) {
    exceptionInjected(true);
    exceptionVector(vector);
    exceptionHasErrorCode(true);
    exceptionErrorCode(errorCode);
  }

  /**
   * The same.
   *
   * @param vector one that has no error code
   */
  public void injectException(int vector) {
    injectException(vector, 0);
    exceptionHasErrorCode(false);
  }

  /** Whether an exception, an external interrupt or an NMI is going to be delivered anew. */
  public boolean delivers() {
    return exceptionInjected() || interruptInjected() || nmiInjected();
  }

  /** Drops exceptions, interrupts, their shadow, and NMIs. */
  public void clearDeliveries() {
    exception.fill((byte) 0);
    interrupt.fill((byte) 0);
    nmi.fill((byte) 0);
  }

  /** Is delivered at the next entry, or was on its way at the last exit. */
  public boolean exceptionInjected() {
    return kvm_vcpu_events.exception.injected(exception) != 0;
  }

  public void exceptionInjected(boolean value) {
    kvm_vcpu_events.exception.injected(exception, (byte) (value ? 1 : 0));
  }

  /** 0 to 31. */
  public int exceptionVector() {
    return Byte.toUnsignedInt(kvm_vcpu_events.exception.nr(exception));
  }

  public void exceptionVector(int value) {
    kvm_vcpu_events.exception.nr(exception, (byte) value);
  }

  public boolean exceptionHasErrorCode() {
    return kvm_vcpu_events.exception.has_error_code(exception) != 0;
  }

  public void exceptionHasErrorCode(boolean value) {
    kvm_vcpu_events.exception.has_error_code(exception, (byte) (value ? 1 : 0));
  }

  /** Waits to be looked at first; only with KVM_CAP_EXCEPTION_PAYLOAD. */
  public boolean exceptionPending() {
    return kvm_vcpu_events.exception.pending(exception) != 0;
  }

  public void exceptionPending(boolean value) {
    kvm_vcpu_events.exception.pending(exception, (byte) (value ? 1 : 0));
  }

  public int exceptionErrorCode() {
    return kvm_vcpu_events.exception.error_code(exception);
  }

  public void exceptionErrorCode(int value) {
    kvm_vcpu_events.exception.error_code(exception, value);
  }

  /** As for exceptions. */
  public boolean interruptInjected() {
    return kvm_vcpu_events.interrupt.injected(interrupt) != 0;
  }

  public void interruptInjected(boolean value) {
    kvm_vcpu_events.interrupt.injected(interrupt, (byte) (value ? 1 : 0));
  }

  /** 0 to 255. */
  public int interruptVector() {
    return Byte.toUnsignedInt(kvm_vcpu_events.interrupt.nr(interrupt));
  }

  public void interruptVector(int value) {
    kvm_vcpu_events.interrupt.nr(interrupt, (byte) value);
  }

  /** Made by an instruction, {@code int n}. */
  public boolean interruptIsSoftware() {
    return kvm_vcpu_events.interrupt.soft(interrupt) != 0;
  }

  public void interruptIsSoftware(boolean value) {
    kvm_vcpu_events.interrupt.soft(interrupt, (byte) (value ? 1 : 0));
  }

  /** KVM_X86_SHADOW_INT_...: by what the last instruction keeps interrupts away. */
  public int interruptShadow() {
    return Byte.toUnsignedInt(kvm_vcpu_events.interrupt.shadow(interrupt));
  }

  public void interruptShadow(int value) {
    kvm_vcpu_events.interrupt.shadow(interrupt, (byte) value);
  }

  /** As for exceptions. */
  public boolean nmiInjected() {
    return kvm_vcpu_events.nmi.injected(nmi) != 0;
  }

  public void nmiInjected(boolean value) {
    kvm_vcpu_events.nmi.injected(nmi, (byte) (value ? 1 : 0));
  }

  /** How many wait. */
  public int nmiPending() {
    return Byte.toUnsignedInt(kvm_vcpu_events.nmi.pending(nmi));
  }

  public void nmiPending(int value) {
    kvm_vcpu_events.nmi.pending(nmi, (byte) value);
  }

  /** The guest handles one. */
  public boolean nmiMasked() {
    return kvm_vcpu_events.nmi.masked(nmi) != 0;
  }

  public void nmiMasked(boolean value) {
    kvm_vcpu_events.nmi.masked(nmi, (byte) (value ? 1 : 0));
  }

  /** In system management mode. */
  public boolean inSmm() {
    return kvm_vcpu_events.smi.smm(smi) != 0;
  }

  public void inSmm(boolean value) {
    kvm_vcpu_events.smi.smm(smi, (byte) (value ? 1 : 0));
  }

  public boolean smiPending() {
    return kvm_vcpu_events.smi.pending(smi) != 0;
  }

  public void smiPending(boolean value) {
    kvm_vcpu_events.smi.pending(smi, (byte) (value ? 1 : 0));
  }

  /** NMIs were masked when it entered SMM. */
  public boolean smmInsideNmi() {
    return kvm_vcpu_events.smi.smm_inside_nmi(smi) != 0;
  }

  public void smmInsideNmi(boolean value) {
    kvm_vcpu_events.smi.smm_inside_nmi(smi, (byte) (value ? 1 : 0));
  }

  /** An INIT waits until it leaves SMM. */
  public boolean latchedInit() {
    return kvm_vcpu_events.smi.latched_init(smi) != 0;
  }

  public void latchedInit(boolean value) {
    kvm_vcpu_events.smi.latched_init(smi, (byte) (value ? 1 : 0));
  }

  /** Only with KVM_CAP_X86_TRIPLE_FAULT_EVENT. */
  public boolean tripleFaultPending() {
    return kvm_vcpu_events.triple_fault.pending(tripleFault) != 0;
  }

  public void tripleFaultPending(boolean value) {
    kvm_vcpu_events.triple_fault.pending(tripleFault, (byte) (value ? 1 : 0));
  }

  /** Of the SIPI that the vCPU waits for; KVM takes it and never tells. */
  public int sipiVector() {
    return kvm_vcpu_events.sipi_vector(events);
  }

  public void sipiVector(int value) {
    kvm_vcpu_events.sipi_vector(events, value);
  }

  /** KVM_VCPUEVENT_VALID_...: which of the fields below the first three groups count when set. */
  public int flags() {
    return kvm_vcpu_events.flags(events);
  }

  public void flags(int value) {
    kvm_vcpu_events.flags(events, value);
  }

  /** Only with KVM_CAP_EXCEPTION_PAYLOAD. */
  public boolean exceptionHasPayload() {
    return kvm_vcpu_events.exception_has_payload(events) != 0;
  }

  public void exceptionHasPayload(boolean value) {
    kvm_vcpu_events.exception_has_payload(events, (byte) (value ? 1 : 0));
  }

  /** CR2 of a page fault, DR6 of a debug exception. */
  public long exceptionPayload() {
    return kvm_vcpu_events.exception_payload(events);
  }

  public void exceptionPayload(long value) {
    kvm_vcpu_events.exception_payload(events, value);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "exception=%s interrupt=%s shadow=%d nmi=%s pending=%d masked=%s smm=%s flags=%#x",
        exceptionInjected() || exceptionPending()
            ? exceptionVector()
                + (exceptionHasErrorCode()
                    ? String.format(Locale.ROOT, "(%#x)", exceptionErrorCode())
                    : "")
            : "none",
        interruptInjected() ? Integer.toString(interruptVector()) : "none",
        interruptShadow(),
        nmiInjected(),
        nmiPending(),
        nmiMasked(),
        inSmm(),
        flags());
  }
}
