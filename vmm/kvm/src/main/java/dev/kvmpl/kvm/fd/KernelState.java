// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.fd;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;

/**
 * A struct of the kernel's that one ioctl fills in and another takes back. It is the caller's: KVM
 * keeps nothing of it, and changing it changes nothing until it is set. For one thread at a time.
 */
public abstract sealed class KernelState permits VcpuState, VmState {
  private final String kernelName;
  private final long getRequest;
  private final long setRequest;
  private final MemorySegment segment;

  /**
   * @param kernelName what follows KVM_GET_ and KVM_SET_
   * @param segment the struct, native and no shorter than the requests' numbers say
   */
  KernelState(String kernelName, long getRequest, long setRequest, MemorySegment segment) {
    this.kernelName = kernelName;
    this.getRequest = getRequest;
    this.setRequest = setRequest;
    this.segment = segment;
  }

  /** Zeroed memory that lives as long as somebody can reach it. */
  protected static MemorySegment allocate(MemoryLayout layout) {
    return Arena.ofAuto().allocate(layout);
  }

  /** The struct itself, for what has no method. */
  public final MemorySegment segment() {
    return segment;
  }

  final String kernelName() {
    return kernelName;
  }

  final long getRequest() {
    return getRequest;
  }

  final long setRequest() {
    return setRequest;
  }
}
