// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.bindings.abi.Abi;
import java.util.Optional;

/** What became of an operation. */
public enum Verdict {
  /** Judged, granted and done. */
  ALLOWED("allowed", Abi.SVSM_SUCCESS()),
  /** Inside a restricted range. */
  RESTRICTED("restricted", Abi.KVMPL_ERR_RESTRICTED()),
  /** Assigned to another driver. */
  OWNED_BY_OTHER("owned-by-other", Abi.KVMPL_ERR_OWNED_BY_OTHER()),
  /** No driver was associated with the vCPU. */
  NO_DRIVER("no-driver", Abi.KVMPL_ERR_NO_DRIVER()),
  /** The validator's tables are full, or KVM's slots. */
  MAP_FULL("map-full", Abi.KVMPL_ERR_MAP_FULL()),
  /** The permissions database does not have the permission, whatever the validator said. */
  NOT_GRANTED("not-granted", Abi.KVMPL_ERR_NOT_GRANTED()),
  /** No codebase decides for the address. */
  NO_CODEBASE("no-codebase", Abi.KVMPL_ERR_NO_CODEBASE()),
  /** The codebase that decides for the address is not registered. */
  UNKNOWN_CODEBASE("unknown-codebase", Abi.KVMPL_ERR_UNKNOWN_CODEBASE()),
  /** The codebase that decides for the address is not what was loaded. */
  MEASUREMENT("measurement", Abi.KVMPL_ERR_MEASUREMENT()),
  /** The guest kernel, which has to detect it, could not be told, or did not ask. */
  NOT_DETECTED("not-detected", Abi.KVMPL_ERR_NOT_DETECTED()),
  /** The driver's stored permissions do not have it. */
  NO_PERMISSION("no-permission", Abi.KVMPL_ERR_NO_PERMISSION()),
  /** The level's page tables lead elsewhere than protected virtual ranges are meant to. */
  REMAPPED("remapped", Abi.KVMPL_ERR_REMAPPED()),
  /** The validator gave no answer, or one that means nothing. */
  INVALID_ANSWER("invalid-answer", Abi.SVSM_ERR_INCOMPLETE()),
  /** Nobody was asked: the page was open already, and there was no exit. */
  ALREADY_OPEN("already-open", Abi.SVSM_SUCCESS());

  private static final Verdict[] VERDICTS = values();

  private final String label;
  private final long code;

  Verdict(String label, int code) {
    this.label = label;
    this.code = code & 0xffffffffL;
  }

  /** The name in documents. */
  public String label() {
    return label;
  }

  /** The error code that the driver gets, 0 for none. */
  public long code() {
    return code;
  }

  /** Whether the operation was carried out. */
  public boolean done() {
    return code == Abi.SVSM_SUCCESS();
  }

  /** The verdict behind a validator's result; an unknown one is {@link #INVALID_ANSWER}. */
  public static Verdict of(long result) {
    for (Verdict verdict : VERDICTS) {
      if (verdict.code == result) {
        return verdict;
      }
    }
    return INVALID_ANSWER;
  }

  /** The verdict of that {@link #label}. */
  public static Optional<Verdict> byLabel(String label) {
    for (Verdict verdict : VERDICTS) {
      if (verdict.label.equals(label)) {
        return Optional.of(verdict);
      }
    }
    return Optional.empty();
  }
}
