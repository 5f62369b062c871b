// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.Errno;
import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.bindings.libc.Libc;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("host-kernel")
class SyscallExceptionTest {
  @Test
  void failedCall_returnsTheNegativeErrorNumber() {
    assertEquals(-Libc.ENOENT(), Syscalls.open("/nonexistent", Libc.O_RDWR()));
    assertEquals(-9, Syscalls.close(-1)); // EBADF
    assertEquals(-9, Syscalls.ioctl(-1, 0xae00, 0));
  }

  @Test
  void success_isHandedOn() {
    assertEquals(7, SyscallException.check(7, "call", "arguments"));
  }

  @Test
  void failure_namesCallArgumentsAndError() {
    SyscallException e =
        assertThrows(
            SyscallException.class,
            () -> SyscallException.check(-Libc.EINVAL(), "KVM_RUN", "vCPU 1"));

    assertEquals("KVM_RUN(vCPU 1): EINVAL", e.getMessage());
    assertEquals(22, e.errno());
  }

  @Test
  void failureOfTheHost_isTold_withWhatHelps() {
    SyscallException e = new SyscallException("memfd_create", "kvmpl", Libc.EMFILE());

    assertTrue(e.isHosts());
    assertEquals(
        "memfd_create(kvmpl): EMFILE, too many files open in this process: raise its limit"
            + " (ulimit -n), or close some",
        e.getMessage());
    assertFalse(new SyscallException("memfd_create", "kvmpl", Libc.EINVAL()).isHosts());
  }

  /** It has no arguments that could be wrong. */
  @Test
  void failureToCreateAVm_isAlwaysTheHosts() {
    for (int errno : new int[] {Libc.EBUSY(), Libc.EINVAL(), Libc.EFAULT(), Libc.EIO()}) {
      assertTrue(new SyscallException("KVM_CREATE_VM", "", errno).isHosts());
    }
    assertFalse(new SyscallException("KVM_CREATE_VCPU", "0", Libc.EINVAL()).isHosts());
  }

  @Test
  void errorWithoutAName_isShownAsItsNumber() {
    assertEquals("errno 134", Errno.name(134));
  }
}
