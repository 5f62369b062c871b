// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.bindings;

import static java.util.Map.entry;

import dev.kvmpl.bindings.libc.Libc;
import java.util.Map;
import java.util.Optional;

/**
 * Which failures of system calls are the host's, and what helps. The rule: an error that says that
 * something is used up, broken, prohibited or not there is the host's, whatever the call. One that
 * says that the call is wrong, such as EINVAL, EFAULT, EBADF or EEXIST, is a broken promise of
 * kvmpl's. KVM_CREATE_VM has nothing that could be wrong, so all its errors are the host's.
 */
final class HostFault {
  private static final String OTHER_HYPERVISOR =
      "the CPU's virtualisation is not to be had: end other hypervisors, such as VirtualBox, and see"
          + " the kernel's log (dmesg)";

  private static final String MAPPINGS =
      "no more mappings in this process: raise the host's limit (sysctl vm.max_map_count)";

  private static final Map<Integer, String> REMEDIES =
      Map.ofEntries(
          entry(
              Libc.ENOMEM(),
              "no more memory: free some, or raise the limit of this process (ulimit -v) or of its"
                  + " container (memory.max)"),
          entry(
              Libc.EMFILE(),
              "too many files open in this process: raise its limit (ulimit -n), or close some"),
          entry(
              Libc.ENFILE(),
              "too many files open on this host: raise its limit (sysctl fs.file-max), or close"
                  + " some"),
          entry(Libc.ENOSPC(), "no room left: free some, or raise the limit"),
          entry(Libc.EDQUOT(), "no room left in the quota: free some, or raise it"),
          entry(
              Libc.EFBIG(),
              "larger than a file of this process may be: raise its limit (ulimit -f)"),
          entry(
              Libc.EAGAIN(),
              "a limit of this process is reached: raise it (ulimit -l, ulimit -i), or try again"),
          entry(Libc.EBUSY(), "somebody else uses it: end that, or try again"),
          entry(
              Libc.EPERM(),
              "prohibited to this process: have its sandbox or container allow it (seccomp)"),
          entry(
              Libc.EACCES(),
              "prohibited to this process: have its sandbox or security module allow it"),
          entry(
              Libc.ENOSYS(),
              "not in this kernel, or hidden by a sandbox: have it allow the call (seccomp)"),
          entry(Libc.ENOTTY(), "not in this kernel's KVM: use Linux 5.10 or later"),
          entry(Libc.EOPNOTSUPP(), "not in this kernel's KVM: use Linux 5.10 or later"),
          entry(Libc.ENODEV(), "what is behind it is gone: see the kernel's log (dmesg)"),
          entry(Libc.EIO(), "broken: see the kernel's log (dmesg)"),
          entry(Libc.EHWPOISON(), "the host's memory is broken: see the kernel's log (dmesg)"),
          entry(
              Libc.EINTR(),
              "interrupted by signals whenever it is tried: end what sends them to this process"));

  private HostFault() {}

  /** Why, and what helps, as half a sentence; empty if the host is not to blame. */
  static Optional<String> remedy(String call, int errno) {
    if (call.equals("KVM_CREATE_VM") && (errno == Libc.EBUSY() || !REMEDIES.containsKey(errno))) {
      return Optional.of(OTHER_HYPERVISOR);
    }
    if (call.equals("mprotect") && errno == Libc.ENOMEM()) {
      return Optional.of(MAPPINGS);
    }
    return Optional.ofNullable(REMEDIES.get(errno));
  }
}
