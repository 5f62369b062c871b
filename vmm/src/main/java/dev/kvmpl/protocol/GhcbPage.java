// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.ghcb;
import dev.kvmpl.memory.GuestMemory;

/**
 * A GHCB page: a guest's non-automatic exits, and where a refused operation leaves its reason. The
 * caller has made sure that the level whose page it is may write there itself.
 */
public final class GhcbPage {
  private static final long RAX = ghcb.rax$offset();
  private static final long EXIT_CODE = ghcb.sw_exitcode$offset();
  private static final long EXIT_INFO_1 = ghcb.sw_exitinfo1$offset();
  private static final long EXIT_INFO_2 = ghcb.sw_exitinfo2$offset();

  private final GuestMemory memory;
  private final long gpa;

  public GhcbPage(GuestMemory memory, long gpa) {
    this.memory = memory;
    this.gpa = gpa;
  }

  public long exitCode() {
    return memory.getLong(gpa + EXIT_CODE);
  }

  public long exitInfo1() {
    return memory.getLong(gpa + EXIT_INFO_1);
  }

  public long exitInfo2() {
    return memory.getLong(gpa + EXIT_INFO_2);
  }

  /** Says that the event was served. */
  public void answerOk() {
    memory.putLong(gpa + EXIT_INFO_1, Abi.GHCB_RESULT_OK());
    memory.putLong(gpa + EXIT_INFO_2, 0);
  }

  /**
   * Says that the event was malformed.
   *
   * @param error of GHCB_ERROR_...
   */
  public void answerMalformed(int error) {
    memory.putLong(gpa + EXIT_INFO_1, Abi.GHCB_RESULT_MALFORMED());
    memory.putLong(gpa + EXIT_INFO_2, error);
  }

  /**
   * Reports a refused access in the form of a nested page fault that a level's permissions caused.
   *
   * @param faultGpa its first byte
   * @param result why: of SVSM_ERR_... or KVMPL_ERR_...
   */
  public void reportRefused(Access access, long faultGpa, long result) {
    int kind =
        switch (access) {
          case WRITE -> Abi.NPF_INFO_WRITE();
          case READ -> 0;
          case EXECUTE -> Abi.NPF_INFO_FETCH();
        };
    memory.putLong(gpa + EXIT_CODE, Abi.GHCB_NAE_NPF());
    memory.putLong(
        gpa + EXIT_INFO_1, kind | (Abi.NPF_INFO_RMP() & 0xffffffffL) | Abi.NPF_INFO_VMPL());
    memory.putLong(gpa + EXIT_INFO_2, faultGpa);
    memory.putLong(gpa + RAX, result);
  }
}
