// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.fd;

import java.lang.foreign.MemorySegment;

/** A part of a vCPU's state. */
public abstract non-sealed class VcpuState extends KernelState {
  /**
   * @param kernelName what follows KVM_GET_ and KVM_SET_
   * @param segment the struct, native and no shorter than the requests' numbers say
   */
  protected VcpuState(String kernelName, long getRequest, long setRequest, MemorySegment segment) {
    super(kernelName, getRequest, setRequest, segment);
  }
}
