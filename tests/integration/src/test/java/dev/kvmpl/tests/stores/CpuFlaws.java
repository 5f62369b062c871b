// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.stores;

/**
 * What the CPU under this KVM does wrong all by itself, so that KVM or the CPU is no measure for
 * such instructions. Software CPUs have such flaws; that one is there is tried out, without a
 * machine that is to be tested. See docs/hosts.md.
 *
 * @param losesCarry RCL and RCR change CF before they know whether they may store: where the store
 *     is an exit, KVM goes on with the CF of after them
 * @param misplacesDoubleShift SHLD and SHRD do not count their immediate when they compute an
 *     address relative to RIP
 */
record CpuFlaws(boolean losesCarry, boolean misplacesDoubleShift) {
  private static final int RELATIVE_TO_RIP = 0x05;
  private static final int MOD_AND_RM = 0xc7;

  /** Whether a case is one of those that it gets wrong. */
  boolean concern(StoreCase each) {
    return switch (each.form().name()) {
      case "rcl", "rcr" -> losesCarry;
      case "shld", "shrd" ->
          misplacesDoubleShift && each.form().immediate() != 0 && isRelativeToRip(each.codeBytes());
      default -> false;
    };
  }

  private static boolean isRelativeToRip(byte[] code) {
    int escape = 0;
    while (code[escape] != 0x0f) {
      escape++; // no prefix is that
    }
    return (code[escape + 2] & MOD_AND_RM) == RELATIVE_TO_RIP;
  }
}
