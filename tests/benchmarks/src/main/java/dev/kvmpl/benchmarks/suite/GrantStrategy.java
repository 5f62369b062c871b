// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.GroupTiming;
import dev.kvmpl.benchmarks.guest.Machines;
import dev.kvmpl.benchmarks.guest.Timing;
import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.GrantKind;
import dev.kvmpl.spec.HandOverKind;
import dev.kvmpl.spec.MachineSpec;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.annotations.Param;

/**
 * A page that is granted and stored to once, or more often, by each strategy. All pages are the
 * driver's own and come one after the other, which is what granting ahead is for; a page's time is
 * its part of that of as many as are granted ahead together.
 */
public class GrantStrategy extends MachineBenchmark {
  private static final int TOGETHER = Abi.KVMPL_GRANT_PAGES();
  private static final int GROUPS = 80;

  @Param({"page", "store", "ahead"})
  public String grant = "page";

  @Param({"slots", "mapping"})
  public String enforcement = "slots";

  @Param({"1", "2"})
  public int stores = 1;

  @Override
  MachineSpec spec() {
    int pages = GROUPS * TOGETHER;
    long end = Machines.FIRST_PAGE + (long) pages * PageRange.PAGE_SIZE;
    return Machines.by(
            Machines.driver("owner", "pages", Machines.FIRST_PAGE, pages, stores - 1)
                .but()
                .owns(List.of(new PageRange(Machines.FIRST_PAGE, end)))
                .build())
        .grant(kind())
        .handOver(
            HandOverKind.THREAD) // all changes of slots on the boot CPU, at the second store too
        .enforcement(EnforcementKind.valueOf(enforcement.toUpperCase(Locale.ROOT)))
        .build();
  }

  private GrantKind kind() {
    return GrantKind.valueOf(grant.toUpperCase(Locale.ROOT));
  }

  @Override
  Timing timing() {
    return new GroupTiming(SKIPPED, kind() == GrantKind.AHEAD ? 1 : TOGETHER, TOGETHER);
  }

  @Override
  long operations() {
    return GROUPS - 1L; // the first one follows no return to the driver's level
  }
}
