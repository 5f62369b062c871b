// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.bindings.abi.Abi;

/**
 * The registers of an SVSM call, and of its answer (AMD 58019, 5.1).
 *
 * @param rax protocol in bits 63:32, call in bits 31:0; in an answer the result
 */
public record SvsmCall(long rax, long rcx, long rdx, long r8, long r9) {
  /** Whether it asks kvmpl's own protocol to validate an operation. */
  public boolean asksToValidate() {
    return rax
        == ((long) Abi.KVMPL_PROTOCOL() << Abi.SVSM_PROTOCOL_SHIFT() | Abi.KVMPL_CALL_VALIDATE());
  }

  /** The same with another result and another R9. */
  public SvsmCall with(long result, long r9) {
    return new SvsmCall(result, rcx, rdx, r8, r9);
  }
}
