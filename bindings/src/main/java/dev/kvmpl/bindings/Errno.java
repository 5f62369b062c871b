// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.bindings;

import dev.kvmpl.bindings.libc.Libc;

/** Names of error numbers. */
public final class Errno {
  private Errno() {}

  /**
   * The symbolic name of a positive error number, or {@code errno N} for one that KVM does not use.
   */
  public static String name(int errno) {
    if (errno == Libc.EPERM()) {
      return "EPERM";
    } else if (errno == Libc.ENOENT()) {
      return "ENOENT";
    } else if (errno == Libc.EINTR()) {
      return "EINTR";
    } else if (errno == Libc.ENXIO()) {
      return "ENXIO";
    } else if (errno == Libc.EAGAIN()) {
      return "EAGAIN";
    } else if (errno == Libc.ENOMEM()) {
      return "ENOMEM";
    } else if (errno == Libc.EACCES()) {
      return "EACCES";
    } else if (errno == Libc.EFAULT()) {
      return "EFAULT";
    } else if (errno == Libc.EBUSY()) {
      return "EBUSY";
    } else if (errno == Libc.EEXIST()) {
      return "EEXIST";
    } else if (errno == Libc.ENODEV()) {
      return "ENODEV";
    } else if (errno == Libc.EINVAL()) {
      return "EINVAL";
    } else if (errno == Libc.EMFILE()) {
      return "EMFILE";
    } else if (errno == Libc.ENOTTY()) {
      return "ENOTTY";
    } else {
      return "errno " + errno;
    }
  }
}
