// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.bindings;

import static java.util.Map.entry;

import dev.kvmpl.bindings.libc.Libc;
import java.util.Map;

/** Names of error numbers. */
public final class Errno {
  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          entry(Libc.EPERM(), "EPERM"),
          entry(Libc.ENOENT(), "ENOENT"),
          entry(Libc.ESRCH(), "ESRCH"),
          entry(Libc.EINTR(), "EINTR"),
          entry(Libc.EIO(), "EIO"),
          entry(Libc.ENXIO(), "ENXIO"),
          entry(Libc.E2BIG(), "E2BIG"),
          entry(Libc.EBADF(), "EBADF"),
          entry(Libc.EAGAIN(), "EAGAIN"),
          entry(Libc.ENOMEM(), "ENOMEM"),
          entry(Libc.EACCES(), "EACCES"),
          entry(Libc.EFAULT(), "EFAULT"),
          entry(Libc.EBUSY(), "EBUSY"),
          entry(Libc.EEXIST(), "EEXIST"),
          entry(Libc.ENODEV(), "ENODEV"),
          entry(Libc.ENOTDIR(), "ENOTDIR"),
          entry(Libc.EISDIR(), "EISDIR"),
          entry(Libc.EINVAL(), "EINVAL"),
          entry(Libc.ENFILE(), "ENFILE"),
          entry(Libc.EMFILE(), "EMFILE"),
          entry(Libc.ENOTTY(), "ENOTTY"),
          entry(Libc.EFBIG(), "EFBIG"),
          entry(Libc.ENOSPC(), "ENOSPC"),
          entry(Libc.EPIPE(), "EPIPE"),
          entry(Libc.ENAMETOOLONG(), "ENAMETOOLONG"),
          entry(Libc.ENOSYS(), "ENOSYS"),
          entry(Libc.ELOOP(), "ELOOP"),
          entry(Libc.EOPNOTSUPP(), "EOPNOTSUPP"),
          entry(Libc.EDQUOT(), "EDQUOT"),
          entry(Libc.EHWPOISON(), "EHWPOISON"));

  private Errno() {}

  /**
   * The symbolic name of a positive error number, or {@code errno N} for one that kvmpl does not
   * know.
   */
  public static String name(int errno) {
    return NAMES.getOrDefault(errno, "errno " + errno);
  }
}
