// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.state;

import dev.kvmpl.bindings.kvm.kvm_sregs;
import dev.kvmpl.kvm.fd.VcpuState;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;

/**
 * A vCPU's segments, descriptor tables and control registers: what {@link SpecialRegisters} and
 * {@link SpecialRegisters2} have alike, at the same offsets.
 */
public abstract sealed class SystemRegisters extends VcpuState
    permits SpecialRegisters, SpecialRegisters2 {
  private final MemorySegment sregs = segment();
  private final Segment cs = new Segment(kvm_sregs.cs(sregs));
  private final Segment ds = new Segment(kvm_sregs.ds(sregs));
  private final Segment es = new Segment(kvm_sregs.es(sregs));
  private final Segment fs = new Segment(kvm_sregs.fs(sregs));
  private final Segment gs = new Segment(kvm_sregs.gs(sregs));
  private final Segment ss = new Segment(kvm_sregs.ss(sregs));
  private final Segment tr = new Segment(kvm_sregs.tr(sregs));
  private final Segment ldt = new Segment(kvm_sregs.ldt(sregs));
  private final DescriptorTable gdt = new DescriptorTable(kvm_sregs.gdt(sregs));
  private final DescriptorTable idt = new DescriptorTable(kvm_sregs.idt(sregs));

  SystemRegisters(String kernelName, long getRequest, long setRequest, MemorySegment segment) {
    super(kernelName, getRequest, setRequest, segment);
  }

  public final Segment cs() {
    return cs;
  }

  public final Segment ds() {
    return ds;
  }

  public final Segment es() {
    return es;
  }

  public final Segment fs() {
    return fs;
  }

  public final Segment gs() {
    return gs;
  }

  public final Segment ss() {
    return ss;
  }

  public final Segment tr() {
    return tr;
  }

  public final Segment ldt() {
    return ldt;
  }

  public final DescriptorTable gdt() {
    return gdt;
  }

  public final DescriptorTable idt() {
    return idt;
  }

  public final long cr0() {
    return kvm_sregs.cr0(sregs);
  }

  public final void cr0(long value) {
    kvm_sregs.cr0(sregs, value);
  }

  public final long cr2() {
    return kvm_sregs.cr2(sregs);
  }

  public final void cr2(long value) {
    kvm_sregs.cr2(sregs, value);
  }

  public final long cr3() {
    return kvm_sregs.cr3(sregs);
  }

  public final void cr3(long value) {
    kvm_sregs.cr3(sregs, value);
  }

  public final long cr4() {
    return kvm_sregs.cr4(sregs);
  }

  public final void cr4(long value) {
    kvm_sregs.cr4(sregs, value);
  }

  public final long cr8() {
    return kvm_sregs.cr8(sregs);
  }

  public final void cr8(long value) {
    kvm_sregs.cr8(sregs, value);
  }

  public final long efer() {
    return kvm_sregs.efer(sregs);
  }

  public final void efer(long value) {
    kvm_sregs.efer(sregs, value);
  }

  /** IA32_APIC_BASE: where the local APIC is, and whether it is on. */
  public final long apicBase() {
    return kvm_sregs.apic_base(sregs);
  }

  public final void apicBase(long value) {
    kvm_sregs.apic_base(sregs, value);
  }

  /** A copy that later reads do not change. */
  public final byte[] save() {
    return sregs.toArray(ValueLayout.JAVA_BYTE);
  }

  /** Puts a {@link #save}d copy back. */
  public final void restore(byte[] saved) {
    sregs.copyFrom(MemorySegment.ofArray(saved));
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "cr0=%#x cr2=%#x cr3=%#x cr4=%#x cr8=%#x efer=%#x apic_base=%#x cs=[%s] ds=[%s] es=[%s]"
            + " fs=[%s] gs=[%s] ss=[%s] tr=[%s] ldt=[%s] gdt=[%s] idt=[%s]",
        cr0(),
        cr2(),
        cr3(),
        cr4(),
        cr8(),
        efer(),
        apicBase(),
        cs,
        ds,
        es,
        fs,
        gs,
        ss,
        tr,
        ldt,
        gdt,
        idt);
  }
}
