// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.bindings.abi.Abi;

/** The GHCB MSR protocol: a request in bits 11:0, its data above. */
public final class GhcbMsr {
  /** The MSR's number. */
  public static final int INDEX = Abi.KVMPL_MSR_GHCB();

  private static final int INFO_BITS = 12;

  private GhcbMsr() {}

  /** Bits 11:0: which request. */
  public static int info(long value) {
    return (int) value & Abi.GHCB_MSR_INFO_MASK();
  }

  /** Bits 63:12 as the address that they are, in requests that carry one. */
  public static long gpa(long value) {
    return value & ~(long) Abi.GHCB_MSR_INFO_MASK();
  }

  /** The level of a Run VMPL request, 0 to 255. */
  public static int runVmpl(long value) {
    return (int) (value >>> Abi.GHCB_MSR_RUN_VMPL_SHIFT()) & 0xff;
  }

  /** The answer to a Run VMPL request. */
  public static long runVmplAnswer(boolean done) {
    return (done ? 0 : 1L << Abi.GHCB_MSR_RUN_VMPL_SHIFT()) | Abi.GHCB_MSR_RUN_VMPL_RESPONSE();
  }

  /** The answer to a request to register a GHCB page: its address, or all ones for a refusal. */
  public static long registerAnswer(long gpa, boolean done) {
    return (done ? gpa : -1L << INFO_BITS) | Abi.GHCB_MSR_REGISTER_GPA_RESPONSE();
  }

  /** The answer to an information request: the versions spoken, and no encryption bit. */
  public static long sevInfoAnswer() {
    return (long) Abi.GHCB_PROTOCOL_VERSION_MAX() << 48
        | (long) Abi.GHCB_PROTOCOL_VERSION_MIN() << 32
        | Abi.GHCB_MSR_SEV_INFO_RESPONSE();
  }

  /** The answer to the question what the hypervisor offers. */
  public static long featuresAnswer() {
    return features() << INFO_BITS | Abi.GHCB_MSR_HV_FEATURES_RESPONSE();
  }

  /** GHCB_HV_FEATURE_...: what this hypervisor offers. */
  public static long features() {
    return Abi.GHCB_HV_FEATURE_SNP()
        | Abi.GHCB_HV_FEATURE_AP_CREATION()
        | Abi.GHCB_HV_FEATURE_MULTI_VMPL();
  }

  /** Bits 23:16 of a termination request. */
  public static int terminationReason(long value) {
    return (int) (value >>> Abi.GHCB_MSR_TERMINATE_REASON_SHIFT()) & 0xff;
  }

  /** Bits 15:12 of a termination request: whose reasons these are. */
  public static int terminationSet(long value) {
    return (int) (value >>> Abi.GHCB_MSR_TERMINATE_SET_SHIFT()) & 0xf;
  }
}
