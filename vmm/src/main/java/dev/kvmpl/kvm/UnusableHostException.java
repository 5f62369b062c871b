// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm;

import dev.kvmpl.bindings.Errno;
import dev.kvmpl.bindings.libc.Libc;
import java.nio.file.Path;

/** This host cannot run kvmpl. The message is one line: why, and what helps. */
public final class UnusableHostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private UnusableHostException(String message) {
    super(message);
  }

  static UnusableHostException cannotOpen(Path device, int errno) {
    String why;
    if (errno == Libc.ENOENT()) {
      why =
          "no "
              + device
              + ": load the module (modprobe kvm_amd or kvm_intel), enable virtualisation in the"
              + " firmware, or in a VM let its host pass it on (nested virtualisation)";
    } else if (errno == Libc.EACCES() || errno == Libc.EPERM()) {
      why =
          "no permission to open "
              + device
              + ": join its group (sudo usermod -aG kvm $USER, then log in again), or in a"
              + " container pass the device on (--device "
              + device
              + ")";
    } else if (errno == Libc.ENODEV() || errno == Libc.ENXIO()) {
      why =
          device
              + " has no KVM behind it ("
              + Errno.name(errno)
              + "): load the module (modprobe kvm_amd or kvm_intel)";
    } else {
      why = "cannot open " + device + ": " + Errno.name(errno);
    }
    return new UnusableHostException(why);
  }

  static UnusableHostException wrongVersion(Path device, int version, int wanted) {
    return new UnusableHostException(
        version < 0
            ? device + " is not KVM (" + Errno.name(-version) + "): name the right device"
            : device
                + " speaks KVM API version "
                + version
                + ", kvmpl needs "
                + wanted
                + ": use a kernel from 2.6.22 on");
  }

  static UnusableHostException tooFewSlots(int slots, int needed) {
    return new UnusableHostException(
        "this KVM has %d slots a VM, and the machine's memory is in %d pieces: use fewer hidden ranges"
            .formatted(slots, needed));
  }

  static UnusableHostException missing(Capability capability) {
    return new UnusableHostException(
        "this KVM lacks "
            + capability.kernelName()
            + " ("
            + capability.lostWithout()
            + "): use Linux 5.10 or later");
  }
}
