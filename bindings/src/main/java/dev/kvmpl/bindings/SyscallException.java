// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.bindings;

import java.util.Optional;

/**
 * A system call failed that was expected to succeed: which one, with which arguments, and why. The
 * message is one line, with what helps if the host is to blame.
 */
public final class SyscallException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int errno;
  private final boolean hosts;

  /**
   * @param call the name of the call, an ioctl by the name of its request
   * @param arguments its arguments, for people
   * @param errno the positive error number
   */
  public SyscallException(String call, String arguments, int errno) {
    this(call + "(" + arguments + "): " + Errno.name(errno), errno, HostFault.remedy(call, errno));
  }

  private SyscallException(String what, int errno, Optional<String> remedy) {
    super(remedy.map(helps -> what + ", " + helps).orElse(what));
    this.errno = errno;
    this.hosts = remedy.isPresent();
  }

  /** The positive error number. */
  public int errno() {
    return errno;
  }

  /**
   * Whether the host is to blame: it is out of something, or keeps it from this process. If not,
   * kvmpl has made the call wrongly.
   */
  public boolean isHosts() {
    return hosts;
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
