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

  /**
   * What is wrong with the event's form (AMD 56421, 4.1).
   *
   * @return of GHCB_ERROR_..., 0 if nothing is
   */
  public int formError() {
    if (memory.getInt(gpa + ghcb.usage$offset()) != 0) {
      return Abi.GHCB_ERROR_INVALID_USAGE();
    }
    return isValid(EXIT_CODE) && isValid(EXIT_INFO_1) && isValid(EXIT_INFO_2)
        ? 0
        : Abi.GHCB_ERROR_MISSING_INPUT();
  }

  /** Whether the guest says that it has filled in the 8 bytes at that offset. */
  private boolean isValid(long offset) {
    long bit = offset / Long.BYTES;
    byte bits = memory.getByte(gpa + ghcb.valid_bitmap$offset() + bit / Byte.SIZE);
    return (bits >> bit % Byte.SIZE & 1) != 0;
  }

  /** The registers of an SVSM call. */
  public SvsmCall call() {
    return new SvsmCall(
        memory.getLong(gpa + RAX),
        memory.getLong(gpa + ghcb.rcx$offset()),
        memory.getLong(gpa + ghcb.rdx$offset()),
        memory.getLong(gpa + ghcb.r8$offset()),
        memory.getLong(gpa + ghcb.r9$offset()));
  }

  /** Hands the registers back that an SVSM call was answered with. */
  public void answerCall(SvsmCall answer) {
    memory.putLong(gpa + RAX, answer.rax());
    memory.putLong(gpa + ghcb.rcx$offset(), answer.rcx());
    memory.putLong(gpa + ghcb.rdx$offset(), answer.rdx());
    memory.putLong(gpa + ghcb.r8$offset(), answer.r8());
    memory.putLong(gpa + ghcb.r9$offset(), answer.r9());
    answerOk();
  }

  /** Says that the event was served, with a value. */
  public void answer(long value) {
    memory.putLong(gpa + EXIT_INFO_1, Abi.GHCB_RESULT_OK());
    memory.putLong(gpa + EXIT_INFO_2, value);
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

  /** Takes the reason of {@link #reportRefused} back. */
  public void clearResult() {
    memory.putLong(gpa + RAX, Abi.SVSM_SUCCESS());
  }

  /**
   * Reports a refused access in the form of a nested page fault that a level's permissions caused.
   *
   * @param faultGpa its first byte
   * @param pending whether its instruction has not been executed
   * @param result why: of SVSM_ERR_... or KVMPL_ERR_...
   */
  public void reportRefused(Access access, long faultGpa, boolean pending, long result) {
    int kind =
        switch (access) {
          case WRITE -> Abi.NPF_INFO_WRITE();
          case READ -> 0;
          case EXECUTE -> Abi.NPF_INFO_FETCH();
          case PORT_READ, PORT_WRITE, MSR_READ, MSR_WRITE ->
              throw new IllegalArgumentException(access + " is no access to memory");
        };
    memory.putLong(gpa + EXIT_CODE, Abi.GHCB_NAE_NPF());
    memory.putLong(
        gpa + EXIT_INFO_1,
        kind
            | (Abi.NPF_INFO_RMP() & 0xffffffffL)
            | Abi.NPF_INFO_VMPL()
            | (pending ? Abi.KVMPL_NPF_INFO_PENDING() : 0));
    memory.putLong(gpa + EXIT_INFO_2, faultGpa);
    memory.putLong(gpa + RAX, result);
  }

  /**
   * Reports refused port I/O in the form of the event that it would be under SNP.
   *
   * @param length bytes of one element
   * @param result why
   */
  public void reportRefusedPort(Access access, int port, int length, long result) {
    memory.putLong(gpa + EXIT_CODE, Abi.GHCB_NAE_IOIO());
    memory.putLong(
        gpa + EXIT_INFO_1,
        (long) port << Abi.IOIO_INFO_PORT_SHIFT()
            | (long) length << Abi.IOIO_INFO_SIZE_SHIFT()
            | (access == Access.PORT_READ ? Abi.IOIO_INFO_IN() : 0));
    memory.putLong(gpa + EXIT_INFO_2, 0);
    memory.putLong(gpa + RAX, result);
  }

  /** The same for an MSR. */
  public void reportRefusedMsr(Access access, long msr, long result) {
    memory.putLong(gpa + EXIT_CODE, Abi.GHCB_NAE_MSR());
    memory.putLong(gpa + EXIT_INFO_1, access == Access.MSR_WRITE ? Abi.MSR_INFO_WRITE() : 0);
    memory.putLong(gpa + EXIT_INFO_2, 0);
    memory.putLong(gpa + ghcb.rcx$offset(), msr);
    memory.putLong(gpa + RAX, result);
  }
}
