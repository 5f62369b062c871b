// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.linux;

import static dev.kvmpl.trace.Step.ADJUST;
import static dev.kvmpl.trace.Step.COMPLETE;
import static dev.kvmpl.trace.Step.ERROR;
import static dev.kvmpl.trace.Step.EXIT1;
import static dev.kvmpl.trace.Step.EXIT2;
import static dev.kvmpl.trace.Step.GRANT;
import static dev.kvmpl.trace.Step.IRQ;
import static dev.kvmpl.trace.Step.LAUNCH;
import static dev.kvmpl.trace.Step.OWNER;
import static dev.kvmpl.trace.Step.RELAUNCH;
import static dev.kvmpl.trace.Step.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.linux.observe.Attempt;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Policy.Rule;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.policy.WriterPattern;
import dev.kvmpl.linux.writers.KernelModule.Section;
import dev.kvmpl.linux.writers.Writer;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.stores.StoreAnswer;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.timeline.Timeline;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** docs/examples/linux/claims.yaml: the steps of the claims, with a module of Linux as driver. */
@RequiresKvm
class LinuxClaimsTest {
  private static final Protected PAGE = new Protected.OfSymbol("init_uts_ns");
  private static final Protected OTHERS =
      new Protected.OfModule("disk_driver", Set.of(Section.DATA));
  private static final Protected RODATA = new Protected.KernelRodata();
  private static final Rule GRANTED =
      new Rule(
          Optional.of(PAGE), new WriterPattern(Writer.Kind.MODULE, "net_driver"), StoreAnswer.OPEN);

  @Test
  void module_isGrantedAPage_andRefusedAnothersAndARestrictedOne() throws Exception {
    LinuxGuest.Ended ended =
        LinuxGuest.with(new Policy(List.of(RODATA, PAGE, OTHERS), List.of(GRANTED)))
            .watchedBy(new Timeline())
            .run(
                """
                insmod /modules/disk_driver.ko && insmod /modules/net_driver.ko
                cd /sys/module/net_driver/parameters
                data=$(dmesg | sed -n 's/.*disk_driver: data at //p')
                echo $(ksym init_uts_ns) >store; sleep 1
                echo $(ksym init_uts_ns) >store; sleep 1
                echo $data >store; sleep 1
                echo $(ksym sys_call_table) >alias; sleep 1
                echo stored $(dmesg | grep -c 'net_driver: stored') times
                grep -q net_driver /proc/modules && echo it goes on
                """);

    assertTrue(ended.says("stored 2 times"), ended::toString);
    assertTrue(ended.says("it goes on"), ended::toString);
    List<Attempt> attempts =
        ended.attempts().stream().filter(a -> a.writer().name().equals("net_driver")).toList();
    assertEquals(
        List.of(Verdict.ALLOWED, Verdict.OWNED_BY_OTHER, Verdict.RESTRICTED),
        attempts.stream().map(Attempt::verdict).toList(),
        ended::toString);
    assertEquals(
        List.of("net_driver", "net_driver", "net_driver"),
        attempts.stream().map(Attempt::task).toList());
    assertEquals(
        List.of(EXIT1, LAUNCH, RESTRICTED, OWNER, ADJUST, GRANT, IRQ, EXIT2, RELAUNCH, COMPLETE),
        steps(ended, attempts.get(0)));
    List<Step> refused = List.of(EXIT1, LAUNCH, RESTRICTED, OWNER, ERROR, IRQ, EXIT2, RELAUNCH);
    assertEquals(refused, steps(ended, attempts.get(1)));
    assertEquals(refused, steps(ended, attempts.get(2)));
  }

  /** The steps about the page of an attempt, from its exit on. */
  private static List<Step> steps(LinuxGuest.Ended ended, Attempt attempt) {
    List<Step> steps = new ArrayList<>();
    boolean its = false;
    for (StepEvent event : ended.result().steps()) {
      if (event.step() == EXIT1) {
        its = event.gpa() == attempt.gpa() && event.driver() == attempt.writer().module();
      }
      if (its) {
        steps.add(event.step());
      }
    }
    return steps;
  }
}
