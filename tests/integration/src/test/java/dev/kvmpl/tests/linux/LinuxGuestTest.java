// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.tests.support.RequiresKvm;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A stock kernel under protection: it boots, works, and survives what it is refused. */
@RequiresKvm
class LinuxGuestTest {
  private static final Protected TEXT = new Protected.KernelText();
  private static final Protected RODATA = new Protected.KernelRodata();
  private static final Protected VICTIM = new Protected.OfModule("victim", Set.of(Section.DATA));

  private static Policy kernelClosed(Rule... rules) {
    return new Policy(List.of(TEXT, RODATA, VICTIM), List.of(rules));
  }

  private static Rule modules(StoreAnswer answer) {
    return new Rule(Optional.empty(), WriterPattern.any(Writer.Kind.MODULE), answer);
  }

  private static final String BUFFER = "$(dmesg | sed -n 's/.*victim: buffer /0x/p' | tail -n 1)";

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void stockKernel_boots_andSwitchesItselfOff(int processors) throws Exception {
    LinuxGuest.Ended ended =
        LinuxGuest.with(Policy.none())
            .processors(processors)
            .run("echo has $(grep -c ^processor /proc/cpuinfo) processors; exit 3");

    assertTrue(ended.says("has " + processors + " processors"), ended::toString);
    assertEquals(3, ended.result().status().orElse(0));
    assertFalse(ended.result().isProtected());
  }

  @Test
  void oldKernel_boots_withItsTextClosed() throws Exception {
    LinuxGuest.Ended ended =
        LinuxGuest.with(new Policy(List.of(TEXT, RODATA), List.of())).oldKernel().run("uname -r");

    assertTrue(ended.says("6.1."), ended::toString);
    assertTrue(ended.result().isProtected());
  }

  @ParameterizedTest
  @EnumSource(names = {"GP", "PF"})
  void refusedStore_endsTheModuleAlone(StoreAnswer answer) throws Exception {
    LinuxGuest.Ended ended =
        LinuxGuest.with(kernelClosed(modules(answer)))
            .run(
                """
                table=$(ksym sys_call_table)
                insmod /modules/storer.ko target=$table how=1 last=3
                insmod /modules/victim.ko && echo another one works
                """);

    assertTrue(ended.says("another one works"), ended::toString);
    assertTrue(
        ended.says(answer == StoreAnswer.GP ? "general protection" : "unable to handle page fault"),
        ended::toString);
    Attempt attempt = ended.attempts().getFirst();
    assertEquals("module storer", attempt.writer().label());
    assertEquals("storer", attempt.task());
    assertEquals("kernel-rodata", attempt.what());
    assertTrue(attempt.target().startsWith("sys_call_table+"), ended::toString);
    assertEquals(0x5a, attempt.data());
    assertEquals(1, attempt.length());
    assertEquals(answer, attempt.answer());
    assertEquals(Verdict.RESTRICTED, attempt.verdict());
    assertEquals(
        1,
        ended.attempts().stream().filter(a -> a.writer().name().equals("storer")).count(),
        ended::toString);
  }

  @ParameterizedTest
  @EnumSource
  void noKindOfStore_changesAByte_whereItIsDropped(EnforcementKind kind) throws Exception {
    LinuxGuest.Ended ended =
        LinuxGuest.with(kernelClosed(modules(StoreAnswer.DROP)))
            .enforcement(kind)
            .run(
                """
                insmod /modules/victim.ko
                at() { echo $1; insmod /modules/storer.ko "$@" && rmmod storer; dmesg | grep storer: | tail -n 1; }
                at target=%1$s
                at target=$(ksym sys_call_table) how=1
                at target=$(ksym sys_call_table) how=2
                text=$(ksym _text)
                at target=$text how=1
                """
                    .formatted(BUFFER));

    assertEquals(4, count(ended, "changed 0 inexact 0"), ended::toString);
    assertTrue(ended.attempts().size() >= 4 * 40, ended::toString);
    for (Attempt attempt : ended.attempts()) {
      if (attempt.writer().kind() == Writer.Kind.MODULE
          && !attempt.writer().name().equals("victim")) {
        assertEquals(StoreAnswer.DROP, attempt.answer(), ended::toString);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void eachKindOfStore_thatIsAllowed_isDoneAsACpuDoesIt(EnforcementKind kind) throws Exception {
    LinuxGuest.Ended ended =
        LinuxGuest.with(kernelClosed(modules(StoreAnswer.STORE)))
            .enforcement(kind)
            .run(
                """
                insmod /modules/victim.ko
                insmod /modules/storer.ko target=%s && rmmod storer
                dmesg | grep storer: | tail -n 20
                """
                    .formatted(BUFFER));

    assertEquals(1, count(ended, "inexact 0"), ended::toString);
    assertEquals(0, count(ended, "changed 0"), ended::toString);
    assertEquals(0, count(ended, "is not what a CPU stores"), ended::toString);
  }

  @Test
  void storeThatWaits_isRefusedWithRipAtIt() throws Exception {
    LinuxGuest.Ended slots = refused(EnforcementKind.SLOTS);
    LinuxGuest.Ended mapping = refused(EnforcementKind.MAPPING);

    // movb $0x5a, (register): 3 to 5 bytes, by the register. With slots RIP is past them.
    int length = oopsOffset(slots) - oopsOffset(mapping);
    assertTrue(length >= 3 && length <= 5, () -> length + "\n" + slots + "\n" + mapping);
  }

  private static LinuxGuest.Ended refused(EnforcementKind kind) throws Exception {
    return LinuxGuest.with(kernelClosed())
        .enforcement(kind)
        .run(
            """
            insmod /modules/storer.ko target=$(ksym sys_call_table) how=1 last=0
            dmesg | grep -m 1 'RIP: 0010:execute' | sed 's/.*RIP/refused at RIP/'
            """);
  }

  /** Where in the module's function the oops is. */
  private static int oopsOffset(LinuxGuest.Ended ended) {
    Matcher at =
        Pattern.compile("refused at RIP: 0010:[a-z_.0-9]+[+]0x([0-9a-f]+)/")
            .matcher(ended.console());
    assertTrue(at.find(), ended::toString);
    return Integer.parseInt(at.group(1), 16);
  }

  @Test
  void modulesMemory_isItsOwn_andOpenAgainOnceItIsGone() throws Exception {
    LinuxGuest.Ended ended =
        LinuxGuest.with(kernelClosed())
            .run(
                """
                insmod /modules/victim.ko
                insmod /modules/storer.ko target=%s last=0
                echo 1 >/sys/module/victim/parameters/touch
                rmmod victim && insmod /modules/victim.ko && echo loaded again
                """
                    .formatted(BUFFER));

    assertTrue(ended.says("loaded again"), ended::toString);
    Attempt refused =
        ended.attempts().stream()
            .filter(a -> a.writer().name().equals("storer"))
            .findFirst()
            .orElseThrow(() -> new AssertionError(ended.toString()));
    assertEquals(Verdict.OWNED_BY_OTHER, refused.verdict());
    assertEquals("module victim", refused.what());
    assertTrue(
        ended.attempts().stream()
            .anyMatch(
                a -> a.writer().label().equals("module victim") && a.answer() == StoreAnswer.STORE),
        ended::toString);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void ordinaryWork_makesNoAttemptsButCodePatching(int processors) throws Exception {
    LinuxGuest.Ended ended =
        LinuxGuest.with(new Policy(List.of(TEXT, RODATA), List.of()))
            .processors(processors)
            .run(
                """
                i=0; while [ $i -lt 60 ]; do /bin/busybox true; i=$((i + 1)); done
                echo 1 >/proc/sys/kernel/sched_schedstats
                echo 1 >/proc/sys/kernel/bpf_stats_enabled
                ifconfig lo 127.0.0.1 up
                mkdir -p /sys/fs/cgroup && mount -t cgroup2 c /sys/fs/cgroup && mkdir /sys/fs/cgroup/a
                mount -t tracefs t /sys/kernel/tracing && cd /sys/kernel/tracing
                echo 'p:k1 do_exit' >kprobe_events; echo 1 >events/kprobes/k1/enable; /bin/busybox true
                echo 0 >events/kprobes/k1/enable; echo >kprobe_events
                echo 1 >events/sched/sched_switch/enable; echo 0 >events/sched/sched_switch/enable
                echo schedule >set_ftrace_filter; echo function >current_tracer; echo nop >current_tracer
                cd /; insmod /modules/victim.ko && rmmod victim
                dmesg | grep -E 'BUG|Oops|RIP' | head -n 3
                echo all done
                """);

    assertTrue(ended.says("all done"), ended::toString);
    assertEquals(0, count(ended, "Oops") + count(ended, "kernel BUG"), ended::toString);
    assertTrue(ended.attempts().size() > 50, ended::toString);
    for (Attempt attempt : ended.attempts()) {
      assertEquals(Writer.Kind.PATCHING, attempt.writer().kind(), ended::toString);
      assertEquals(StoreAnswer.STORE, attempt.answer(), ended::toString);
    }
  }

  private static int count(LinuxGuest.Ended ended, String text) {
    return ended.console().split(Pattern.quote(text), -1).length - 1;
  }
}
