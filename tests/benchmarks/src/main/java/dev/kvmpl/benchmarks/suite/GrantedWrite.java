// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.Machines;
import dev.kvmpl.benchmarks.guest.StretchTiming;
import dev.kvmpl.benchmarks.guest.Timing;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.MachineSpec;
import java.util.Locale;
import org.openjdk.jmh.annotations.Param;

/** A store to a page that is granted: no exit. A thousand of them, in a loop, to each page. */
public class GrantedWrite extends MachineBenchmark {
  private static final int PAGES = 48;
  private static final int STORES = 1000;

  @Param({"slots", "mapping"})
  public String enforcement = "slots";

  @Override
  MachineSpec spec() {
    return Machines.of("pages", Machines.FIRST_PAGE, PAGES, STORES)
        .enforcement(EnforcementKind.valueOf(enforcement.toUpperCase(Locale.ROOT)))
        .build();
  }

  @Override
  Timing timing() {
    return new StretchTiming(SKIPPED, STORES);
  }

  @Override
  long operations() {
    return PAGES;
  }
}
