// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.Vm;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.memory.SlotMode;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One KVM_RUN to a KVM_EXIT_MMIO: the guest stores to a read-only slot for ever. It starts as a
 * vCPU comes out of reset, in real mode at 0xfffffff0, so that nothing has to be set up.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class OneExit {
  private static final long RESET_PAGE = 0xfffff000L;
  private static final int RESET_OFFSET = 0xff0;
  private static final long TARGET = 0x1000;

  private static final byte[] GUEST = {
    (byte) 0xa2,
    0x00,
    0x10, // 1: mov %al, 0x1000
    (byte) 0xeb,
    (byte) 0xfb, // jmp 1b
  };

  private final Kvm kvm = Kvm.open();
  private final GuestMemory memory = GuestMemory.allocate(2 * PageRange.PAGE_SIZE);
  private final Vm vm = kvm.createVm();
  private final Vcpu vcpu;

  public OneExit() {
    memory.write(RESET_OFFSET, GUEST);
    vm.setSlot(0, RESET_PAGE, memory, 0, PageRange.PAGE_SIZE, SlotMode.READ_WRITE);
    vm.setSlot(1, TARGET, memory, PageRange.PAGE_SIZE, PageRange.PAGE_SIZE, SlotMode.READ_ONLY);
    vcpu = vm.createVcpu(0);
  }

  @Benchmark
  public VcpuExit exit() {
    VcpuExit exit = vcpu.run();
    if (!(exit instanceof VcpuExit.Mmio)) {
      throw new IllegalStateException("KVM_EXIT_" + exit.name() + " instead of MMIO");
    }
    return exit;
  }

  @TearDown
  public void close() {
    vcpu.close();
    vm.close();
    memory.close();
    kvm.close();
  }
}
