// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.bindings;

/** A system call failed that was expected to succeed: which one, with which arguments, and why. */
public final class SyscallException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  /**
   * @param call the name of the call, an ioctl by the name of its request
   * @param arguments its arguments, for people
   * @param errno the positive error number
   */
  public SyscallException(String call, String arguments, int errno) {
    super(call + "(" + arguments + "): " + Errno.name(errno));
    this.errno = errno;
  }

  /** The positive error number. */
  public int errno() {
    return errno;
  }

  /**
   * Checks a result of {@link Syscalls}.
   *
   * @return {@code result}, at least 0
   * @throws SyscallException if it is negative
   */
  public static int check(int result, String call, String arguments) {
    if (result < 0) {
      throw new SyscallException(call, arguments, -result);
    }
    return result;
  }
}
