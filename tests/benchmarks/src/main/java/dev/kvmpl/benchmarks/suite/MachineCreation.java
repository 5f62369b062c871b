// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.Machines;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.machine.Machine;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.PayloadsTooLargeException;
import java.util.Locale;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/** A machine made and closed again, without having run. */
public class MachineCreation extends Sampled {
  private static final int COUNTED = 10;

  @Param({"slots", "mapping"})
  public String enforcement = "slots";

  private final Kvm kvm = Kvm.open();

  @Benchmark
  public void create() {
    MachineSpec spec =
        Machines.of("pages", Machines.FIRST_PAGE, 1)
            .enforcement(EnforcementKind.valueOf(enforcement.toUpperCase(Locale.ROOT)))
            .build();
    try {
      new Machine(kvm, spec).close();
    } catch (PayloadsTooLargeException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  void operate() {
    create();
  }

  @Override
  int counted() {
    return COUNTED;
  }

  @TearDown
  public void close() {
    kvm.close();
  }
}
