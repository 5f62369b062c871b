// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.decode;

/** The registers of a CPU in 64-bit mode that an address or a value can be made of. */
public interface CpuState {
  /**
   * A general register.
   *
   * @param number as instructions have it, 0 to 15: RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 ...
   *     R15 (AMD manual volume 3, table 2-2)
   */
  long general(int number);

  long rip();

  long rflags();

  long fsBase();

  long gsBase();
}
