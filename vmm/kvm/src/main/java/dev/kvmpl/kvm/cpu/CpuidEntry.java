// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.cpu;

import dev.kvmpl.bindings.kvm.Kvm;
import java.util.Locale;

/**
 * What CPUID answers for one leaf, or one of its subleaves (struct kvm_cpuid_entry2; api.rst 4.46).
 *
 * @param function the leaf: EAX before
 * @param index the subleaf: ECX before; counts only if {@link #hasIndex}
 * @param flags KVM_CPUID_FLAG_...
 */
public record CpuidEntry(int function, int index, int flags, int eax, int ebx, int ecx, int edx) {
  /** A leaf without subleaves. */
  public static CpuidEntry of(int function, int eax, int ebx, int ecx, int edx) {
    return new CpuidEntry(function, 0, 0, eax, ebx, ecx, edx);
  }

  /** A subleaf. */
  public static CpuidEntry ofIndex(int function, int index, int eax, int ebx, int ecx, int edx) {
    return new CpuidEntry(
        function, index, Kvm.KVM_CPUID_FLAG_SIGNIFCANT_INDEX(), eax, ebx, ecx, edx);
  }

  /** Whether the leaf has subleaves, of which this is one. */
  public boolean hasIndex() {
    return (flags & Kvm.KVM_CPUID_FLAG_SIGNIFCANT_INDEX()) != 0;
  }

  /** Whether it answers that. */
  public boolean answers(int leaf, int subleaf) {
    return function == leaf && (!hasIndex() || index == subleaf);
  }

  public CpuidEntry withEax(int value) {
    return new CpuidEntry(function, index, flags, value, ebx, ecx, edx);
  }

  public CpuidEntry withEbx(int value) {
    return new CpuidEntry(function, index, flags, eax, value, ecx, edx);
  }

  public CpuidEntry withEcx(int value) {
    return new CpuidEntry(function, index, flags, eax, ebx, value, edx);
  }

  public CpuidEntry withEdx(int value) {
    return new CpuidEntry(function, index, flags, eax, ebx, ecx, value);
  }

  /** The same without these bits. */
  public CpuidEntry without(int eaxBits, int ebxBits, int ecxBits, int edxBits) {
    return new CpuidEntry(
        function, index, flags, eax & ~eaxBits, ebx & ~ebxBits, ecx & ~ecxBits, edx & ~edxBits);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%#x%s: eax=%#x ebx=%#x ecx=%#x edx=%#x",
        function,
        hasIndex() ? "." + Integer.toUnsignedString(index) : "",
        eax,
        ebx,
        ecx,
        edx);
  }
}
