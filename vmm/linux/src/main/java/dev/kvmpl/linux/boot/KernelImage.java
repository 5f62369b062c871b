// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.boot;

import dev.kvmpl.memory.GuestMemory;

/** A kernel to boot. */
public sealed interface KernelImage permits BzImage, ElfKernel {
  /** A file that is no kernel, or none for this machine; the message says why. */
  final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
      super(message);
    }
  }

  /**
   * Reads a kernel's file: a bzImage, or a vmlinux.
   *
   * @throws MalformedException if it is neither
   */
  static KernelImage of(byte[] file) throws MalformedException {
    if (ElfKernel.isOne(file)) {
      return ElfKernel.parse(file);
    } else if (BzImage.isOne(file)) {
      return BzImage.parse(file);
    }
    throw new MalformedException("neither a bzImage nor a vmlinux");
  }

  /**
   * Copies it to where it belongs, and what it says of itself into the zero page.
   *
   * @return its 64-bit entry point, guest-physical
   */
  long load(GuestMemory memory, ZeroPage zeroPage);

  /** The release that it says it is, such as 6.12.95+deb12-cloud-amd64; empty if it does not. */
  String release();

  /** One past the last byte that it needs before it can say more, guest-physical. */
  long end();
}
