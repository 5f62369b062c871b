// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.linux.observe.Attempt;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.policy.WriterPattern;
import dev.kvmpl.linux.writers.KernelSymbols;
import dev.kvmpl.linux.writers.Writer;
import dev.kvmpl.protocol.stores.StoreAnswer;
import dev.kvmpl.tests.support.RequiresKvm;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is watched, what is protected without the agent, and what changes while Linux runs. */
@RequiresKvm
class LinuxPolicyTest {
  private static final Policy KERNEL =
      new Policy(List.of(new Protected.KernelText(), new Protected.KernelRodata()), List.of());

  private static List<Attempt> byModules(LinuxGuest.Ended ended) {
    return ended.attempts().stream()
        .filter(
            a ->
                a.writer().kind() == Writer.Kind.MODULE || a.writer().kind() == Writer.Kind.UNKNOWN)
        .toList();
  }

  @Test
  void watchedMemory_isStored_andItIsSaidByWhomAndFromWhere() throws Exception {
    LinuxGuest.Ended ended =
        LinuxGuest.with(Policy.none().watching(List.of(new Protected.OfSymbol("init_uts_ns"))))
            .run("hostname seen; echo called $(hostname)");

    assertTrue(ended.says("called seen"), ended::toString);
    Attempt attempt =
        ended.attempts().stream()
            .filter(a -> a.task().equals("hostname") && a.target().startsWith("init_uts_ns+"))
            .findFirst()
            .orElseThrow(() -> new AssertionError(ended.toString()));
    assertEquals(Writer.Kind.KERNEL, attempt.writer().kind());
    assertTrue(attempt.writer().place().contains("sethostname"), ended::toString);
    assertEquals("symbol init_uts_ns", attempt.what());
    assertEquals(StoreAnswer.STORE, attempt.answer());
    assertTrue(attempt.timeNs() > 0, ended::toString);
  }

  @Test
  void unlockedMemory_isNotAskedFor_untilItIsLocked() throws Exception {
    AtomicInteger unlocked = new AtomicInteger();
    AtomicInteger locked = new AtomicInteger();
    LinuxGuest.Ended ended =
        LinuxGuest.with(KERNEL)
            .when("may I", m -> unlocked.set(m.unlock("kernel-rodata").orElse(0)))
            .when("no more", m -> locked.set(m.lock("kernel-rodata").orElse(0)))
            .run(
                """
                echo may I
                insmod /modules/storer.ko target=$(ksym __start_rodata) how=1 last=0 && rmmod storer
                dmesg | grep storer: | tail -n 1
                echo no more
                insmod /modules/storer.ko target=$(ksym __start_rodata) how=1 first=1 last=1
                insmod /modules/victim.ko && echo another one works
                """);

    assertTrue(ended.says("changed 1 inexact 0"), ended::toString);
    assertTrue(ended.says("another one works"), ended::toString);
    assertTrue(unlocked.get() > 100, ended::toString);
    assertEquals(unlocked.get(), locked.get());
    assertEquals(1, byModules(ended).size(), ended::toString);
    assertEquals(StoreAnswer.GP, byModules(ended).getFirst().answer());
    assertEquals(2, byModules(ended).getFirst().length());
  }

  @Test
  void pageThatWasOpenedForAModule_isRefusedToAnother_untilThatModuleGoes() throws Exception {
    Protected page = new Protected.OfSymbol("init_uts_ns");
    List<Policy.Rule> open =
        Stream.of("storer", "net_driver")
            .map(
                name ->
                    new Policy.Rule(
                        Optional.of(page),
                        new WriterPattern(Writer.Kind.MODULE, name),
                        StoreAnswer.OPEN))
            .toList();
    AtomicInteger locked = new AtomicInteger();
    LinuxGuest.Ended ended =
        LinuxGuest.with(new Policy(List.of(page), open))
            .when("no more", m -> locked.set(m.lock(page.label()).orElse(0)))
            .run(
                """
                insmod /modules/storer.ko target=$(ksym init_uts_ns) last=0; uname -s
                echo no more
                insmod /modules/net_driver.ko
                cd /sys/module/net_driver/parameters
                ended() { while pidof net_driver >/dev/null; do :; done; }
                echo $(ksym init_uts_ns) >store; ended
                rmmod storer
                echo $(ksym init_uts_ns) >store; ended
                echo stored $(dmesg | grep -c 'net_driver: stored') times
                """);

    assertEquals(1, locked.get());
    assertEquals(
        List.of(
            "module storer open allowed",
            "module net_driver gp owned-by-other",
            "module net_driver open allowed"),
        byModules(ended).stream()
            .map(a -> a.writer().label() + " " + a.answer().label() + " " + a.verdict().label())
            .toList(),
        ended::toString);
    assertTrue(ended.says("Zinux"), ended::toString);
    assertTrue(ended.says("stored 1 times"), ended::toString);
  }

  @Test
  void withoutTheAgent_theKernelsSymbolsAreEnough() throws Exception {
    LinuxGuest.Ended first =
        LinuxGuest.with(Policy.none())
            .run(
                "grep -E ' (_text|_etext|__start_rodata|__end_rodata|system_state|__text_poke"
                    + "|[a-z_]*mem(cpy|set)[a-z_]*|sys_call_table)$' /proc/kallsyms");
    String symbols =
        first
            .console()
            .lines()
            .filter(line -> line.startsWith("ffffffff"))
            .collect(Collectors.joining("\n", "", "\n"));

    LinuxGuest.Ended ended =
        LinuxGuest.with(KERNEL)
            .symbols(KernelSymbols.of(symbols.getBytes(StandardCharsets.US_ASCII)))
            .run(
                """
                echo begins; sleep 1 # what closes the text is an exit after the kernel has begun to run
                echo 1 >/proc/sys/kernel/sched_schedstats
                insmod /modules/storer.ko target=$(ksym sys_call_table) how=1 last=0
                insmod /modules/victim.ko && echo another one works
                """);

    assertTrue(ended.says("another one works"), ended::toString);
    assertTrue(ended.result().isProtected(), ended::toString);
    assertEquals("unknown code", byModules(ended).getFirst().writer().label(), ended::toString);
    assertEquals(StoreAnswer.GP, byModules(ended).getFirst().answer());
    assertTrue(
        ended.attempts().stream().anyMatch(a -> a.writer().kind() == Writer.Kind.PATCHING),
        ended::toString);
  }
}
