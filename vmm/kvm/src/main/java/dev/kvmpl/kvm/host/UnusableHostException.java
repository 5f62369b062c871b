// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.host;

import dev.kvmpl.bindings.Errno;
import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.libc.Libc;
import java.nio.file.Path;
import java.util.Locale;

/** This host cannot run kvmpl. The message is one line: why, and what helps. */
public final class UnusableHostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private UnusableHostException(String message) {
    super(OneLine.of(message));
  }

  /** The device cannot be opened. */
  public static UnusableHostException cannotOpen(Path device, int errno) {
    String why;
    if (errno == Libc.ENOENT()) {
      why =
          "no "
              + device
              + ": load the module (modprobe kvm_amd or kvm_intel), enable virtualisation in the"
              + " firmware, or in a VM let its host pass it on (nested virtualisation)";
    } else if (errno == Libc.EACCES()) {
      why =
          "no permission to open "
              + device
              + ": "
              + DeviceAccess.of(device)
                  .map(access -> access.remedy(device, DeviceAccess.Caller.self()))
                  .orElse("a folder above it is closed to this user");
    } else if (errno == Libc.EPERM()) {
      why =
          "no permission to open "
              + device
              + ": not even its owner has it here, as in a container that the device is not passed"
              + " on to (--device "
              + device
              + ")";
    } else if (errno == Libc.ENODEV() || errno == Libc.ENXIO()) {
      why =
          device
              + " has no KVM behind it ("
              + Errno.name(errno)
              + "): load the module (modprobe kvm_amd or kvm_intel)";
    } else {
      SyscallException failed = new SyscallException("open", device.toString(), errno);
      why =
          failed.isHosts()
              ? String.valueOf(failed.getMessage())
              : "cannot open " + device + " (" + Errno.name(errno) + "): name the right device";
    }
    return new UnusableHostException(why);
  }

  /** What was opened is something else. */
  public static UnusableHostException notKvm(Path device, int errno) {
    return new UnusableHostException(
        device + " is not KVM (" + Errno.name(errno) + "): name the right device");
  }

  /** It speaks another version of the API. */
  public static UnusableHostException wrongVersion(Path device, int version, int wanted) {
    return new UnusableHostException(
        device
            + " speaks KVM API version "
            + version
            + ", kvmpl needs "
            + wanted
            + ": use a kernel from 2.6.22 on");
  }

  /**
   * A process cannot have as many mappings as a machine needs.
   *
   * @param left how many more there can be
   */
  public static UnusableHostException tooFewMappings(int left, int needed) {
    return new UnusableHostException(
        String.format(
            Locale.ROOT,
            "the machine needs %d mappings for a level, and there can be %d: raise the host's"
                + " vm.max_map_count, or use enforcement slots",
            needed,
            left));
  }

  /** Its KVM executes kernel code by an instruction emulator, in which Linux does not boot. */
  public static UnusableHostException emulatesSupervisor(String module) {
    return new UnusableHostException(
        "no Linux boots in this host's KVM ("
            + module
            + " executes kernel code by its instruction emulator): try it in an emulated host, --host"
            + " amd or --host intel");
  }

  /** A VM can have fewer slots than are needed. */
  public static UnusableHostException tooFewSlots(int slots, int needed) {
    return new UnusableHostException(
        String.format(
            Locale.ROOT,
            "this KVM has %d slots a VM, and the machine's memory is in %d pieces: use fewer hidden"
                + " ranges",
            slots,
            needed));
  }

  /** It lacks a capability; {@code lostWithout} is half a sentence. */
  public static UnusableHostException missing(String capability, String lostWithout) {
    return new UnusableHostException(
        "this KVM lacks " + capability + " (" + lostWithout + "): use Linux 5.10 or later");
  }
}
