// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.state;

import dev.kvmpl.bindings.kvm.kvm_segment;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/**
 * One of a vCPU's segment registers with its hidden part (struct kvm_segment): a view, good for as
 * long as the registers that it belongs to. Meanings: AMD manual volume 2, 4.7 and 4.8.
 */
public final class Segment {
  private final MemorySegment segment;

  Segment(MemorySegment segment) {
    this.segment = segment;
  }

  /** The first byte's linear address. */
  public long base() {
    return kvm_segment.base(segment);
  }

  public void base(long value) {
    kvm_segment.base(segment, value);
  }

  /** The last byte's offset, in bytes whatever the granularity; unsigned. */
  public int limit() {
    return kvm_segment.limit(segment);
  }

  public void limit(int value) {
    kvm_segment.limit(segment, value);
  }

  /** What the guest reads from the register; 16 bits. */
  public int selector() {
    return Short.toUnsignedInt(kvm_segment.selector(segment));
  }

  public void selector(int value) {
    kvm_segment.selector(segment, (short) value);
  }

  /** Four bits: what code, data or system segment. */
  public int type() {
    return Byte.toUnsignedInt(kvm_segment.type(segment));
  }

  public void type(int value) {
    kvm_segment.type(segment, (byte) value);
  }

  public boolean present() {
    return kvm_segment.present(segment) != 0;
  }

  public void present(boolean value) {
    kvm_segment.present(segment, (byte) (value ? 1 : 0));
  }

  /** Descriptor privilege level, 0 to 3. */
  public int dpl() {
    return Byte.toUnsignedInt(kvm_segment.dpl(segment));
  }

  public void dpl(int value) {
    kvm_segment.dpl(segment, (byte) value);
  }

  /** Operands of 32 bits by default (D/B). */
  public boolean db() {
    return kvm_segment.db(segment) != 0;
  }

  public void db(boolean value) {
    kvm_segment.db(segment, (byte) (value ? 1 : 0));
  }

  /** Code or data, not a system segment (S). */
  public boolean s() {
    return kvm_segment.s(segment) != 0;
  }

  public void s(boolean value) {
    kvm_segment.s(segment, (byte) (value ? 1 : 0));
  }

  /** 64-bit code (L). */
  public boolean l() {
    return kvm_segment.l(segment) != 0;
  }

  public void l(boolean value) {
    kvm_segment.l(segment, (byte) (value ? 1 : 0));
  }

  /** The descriptor's limit counts pages of 4 KiB (G). */
  public boolean g() {
    return kvm_segment.g(segment) != 0;
  }

  public void g(boolean value) {
    kvm_segment.g(segment, (byte) (value ? 1 : 0));
  }

  /** The bit for software (AVL). */
  public boolean avl() {
    return kvm_segment.avl(segment) != 0;
  }

  public void avl(boolean value) {
    kvm_segment.avl(segment, (byte) (value ? 1 : 0));
  }

  /** VMX: nothing may be accessed through it; the other fields do not count. */
  public boolean unusable() {
    return kvm_segment.unusable(segment) != 0;
  }

  public void unusable(boolean value) {
    kvm_segment.unusable(segment, (byte) (value ? 1 : 0));
  }

  /** Makes it the same as another. */
  public void copyFrom(Segment other) {
    segment.copyFrom(other.segment);
  }

  @Override
  public String toString() {
    return unusable()
        ? "unusable"
        : String.format(
            Locale.ROOT,
            "%#x base=%#x limit=%#x type=%#x dpl=%d%s%s%s%s%s",
            selector(),
            base(),
            limit(),
            type(),
            dpl(),
            present() ? " present" : "",
            s() ? "" : " system",
            l() ? " long" : "",
            db() ? " 32-bit" : "",
            g() ? " pages" : "");
  }
}
