// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.support;

import dev.kvmpl.kvm.debug.GuestDebug;
import dev.kvmpl.kvm.exit.OptInExit;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.observe.LaunchedMachine;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Counts VMPL0's instructions from each launch to the second exit, one processor's. Where the CPU
 * does not know RMPADJUST, what its handler does in its place is not counted: it is one
 * instruction.
 */
public final class SteppedVerdicts implements Observer {
  private static final int OPCODE = 0xfe010ff3; // RMPADJUST, f3 0f 01 fe
  private static final long NOWHERE = -1;

  private final List<Integer> lengths = new ArrayList<>();
  private final Map<Vmpl, WatchedVcpu> vcpus = new HashMap<>();
  private @Nullable GuestMemory memory;
  private boolean counting;
  private int length;
  private long handlerReturnsTo = NOWHERE;

  /** Nothing is counted yet. */
  public SteppedVerdicts() {}

  /** The length of each verdict in the order in which they were given. */
  public List<Integer> lengths() {
    return lengths;
  }

  @Override
  public void launched(LaunchedMachine machine) {
    memory = machine.memory();
    machine.vcpus().forEach(vcpu -> vcpus.put(vcpu.level(), vcpu));
  }

  @Override
  public Reply exit(WatchedVcpu vcpu, int driver, VcpuExit exit) {
    if (counting && exit instanceof OptInExit.Debug debug && vcpu.level() == Vmpl.VMPL0) {
      count(debug.pc());
    } else if (counting && exit instanceof VcpuExit.KvmInternalError) {
      handlerReturnsTo = NOWHERE; // this host's KVM has none: the hypervisor executes RMPADJUST
    }
    return Reply.GO_ON;
  }

  /** One instruction has been executed, and {@code next} is to be. */
  private void count(long next) {
    if (handlerReturnsTo == NOWHERE) {
      length++;
    } else if (next == handlerReturnsTo) {
      handlerReturnsTo = NOWHERE;
    }
    if (handlerReturnsTo == NOWHERE && Objects.requireNonNull(memory).getInt(next) == OPCODE) {
      handlerReturnsTo = next + Integer.BYTES;
      length++;
    }
  }

  @Override
  public Reply step(
      Step step, WatchedVcpu vcpu, int driver, Access access, long gpa, long bytes, long data) {
    if (step == Step.LAUNCH) {
      counting = true;
      length = 0;
      handlerReturnsTo = NOWHERE;
      validator().debug(GuestDebug.on().singleStep());
    } else if (step == Step.RELAUNCH && counting) {
      counting = false;
      lengths.add(length);
      validator().debug(GuestDebug.off());
    }
    return Reply.GO_ON;
  }

  private WatchedVcpu.Cpu validator() {
    return Objects.requireNonNull(vcpus.get(Vmpl.VMPL0)).cpu();
  }
}
