// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.Machines;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.HandOverKind;
import dev.kvmpl.spec.MachineSpec;
import java.util.Locale;
import org.openjdk.jmh.annotations.Param;

/**
 * From ATTEMPT to COMPLETE: a driver stores to fresh pages, each of which is judged and granted.
 */
public class RoundTrip extends MachineBenchmark {
  @Param({"slots", "mapping"})
  public String enforcement = "slots";

  @Param({"threads", "thread"})
  public String handover = "threads";

  @Param({"trap", "reflect", "fault"})
  public String detection = "trap";

  @Param("640")
  public int pages = 640;

  @Override
  MachineSpec spec() {
    return Machines.of("pages", Machines.FIRST_PAGE, pages)
        .enforcement(EnforcementKind.valueOf(enforcement.toUpperCase(Locale.ROOT)))
        .handOver(HandOverKind.valueOf(handover.toUpperCase(Locale.ROOT)))
        .detection(Detection.valueOf(detection.toUpperCase(Locale.ROOT)))
        .build();
  }

  @Override
  long operations() {
    return pages - 1L; // the first one follows no return to the driver's level
  }
}
