// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.linux.observe.Attempt;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.policy.WriterPattern;
import dev.kvmpl.linux.writers.KernelModule.Section;
import dev.kvmpl.linux.writers.Writer;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.stores.StoreAnswer;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.linux.ExpectedAttempt;
import dev.kvmpl.scenario.linux.LinuxFiles;
import dev.kvmpl.scenario.linux.LinuxReader;
import dev.kvmpl.scenario.linux.LinuxScenario;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.EnforcementKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinuxReaderTest {
  @TempDir Path folder;

  private LinuxScenario read(String text) throws Exception {
    return LinuxReader.read(Files.writeString(folder.resolve("p.yaml"), text));
  }

  @Test
  void everything_isRead() throws Exception {
    LinuxScenario scenario =
        read(
            """
            enforcement: mapping
            detection: reflect
            protect:
              - kernel-text
              - kernel-rodata
              - { module: disk, sections: [data, ro-after-init] }
              - { symbol: sys_call_table }
              - { gpa: 0x2000000, length: 8KiB }
            rules:
              - { what: module disk, who: module net, do: drop }
              - { who: kernel, do: open }
            modules: [ a.c, sub/b.ko ]
            run: |
              insmod /modules/a.ko
            expect:
              - { who: module net, what: module disk, answer: drop }
              - { who: kernel-patching }
            """);

    assertEquals(
        new Policy(
            List.of(
                new Protected.KernelText(),
                new Protected.KernelRodata(),
                new Protected.OfModule("disk", Set.of(Section.DATA, Section.RO_AFTER_INIT)),
                new Protected.OfSymbol("sys_call_table"),
                new Protected.OfRange(new PageRange(0x2000000, 0x2002000))),
            List.of(
                new Policy.Rule(
                    Optional.of(
                        new Protected.OfModule(
                            "disk", Set.of(Section.DATA, Section.RO_AFTER_INIT))),
                    new WriterPattern(Writer.Kind.MODULE, "net"),
                    StoreAnswer.DROP),
                new Policy.Rule(
                    Optional.empty(), WriterPattern.any(Writer.Kind.KERNEL), StoreAnswer.OPEN))),
        scenario.policy());
    assertEquals(List.of(folder.resolve("a.c"), folder.resolve("sub/b.ko")), scenario.modules());
    assertEquals(EnforcementKind.MAPPING, scenario.enforcement());
    assertEquals(Detection.REFLECT, scenario.detection());
    assertEquals("insmod /modules/a.ko\n", scenario.run());
    assertEquals(
        List.of("module net on module disk: drop", "kernel-patching"),
        scenario.expected().stream().map(ExpectedAttempt::toString).toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "protect: [ kernel-data ] | allowed are kernel-text",
        "protect: [ { module: a, symbol: b } ] | has module and maybe sections",
        "watch: [ kernel-data ] | allowed are kernel-text",
        "protect: [ { gpa: 0x1000 } ] | gpa and length",
        "protect: [ { gpa: 5, length: 4096 } ] | multiples of 4096",
        "protect: [ { module: 'a b' } ] | letters, digits and _",
        "protect: [ { module: a, sections: [ bss ] } ] | allowed are text, data",
        "rules: [ { who: somebody, do: gp } ] | allowed are kernel, kernel-patching",
        "rules: [ { who: kernel, do: kill } ] | allowed are store, open, drop, gp, pf",
        "rules: [ { what: kernel-text, who: kernel, do: gp } ] | nothing in protect is called",
        "rules: [ { who: kernel } ] | without do",
        "modules: [ a.o ] | sources (.c) and modules (.ko)",
        "expect: [ { what: kernel-text } ] | without who",
        "enforcement: none | allowed are slots, mapping",
        "detection: fault | allowed are trap, reflect",
        "nonsense: 1 | unknown key nonsense",
      })
  void wrongFile_isSaidInOneLine_withItsPlace(String text, String why) {
    ScenarioException e = assertThrows(ScenarioException.class, () -> read(text));

    assertTrue(String.valueOf(e.getMessage()).contains(why), e::toString);
    assertTrue(
        String.valueOf(e.getMessage()).startsWith(folder.resolve("p.yaml") + ":1: "), e::toString);
  }

  @Test
  void watched_isReadAsWhatIsProtected_andStoredForAll() throws Exception {
    Policy policy =
        read("""
                protect: [ kernel-text ]
                watch: [ { symbol: init_task }, { module: disk } ]
                rules: [ { who: module, do: pf } ]
                """)
            .policy();

    assertEquals(
        List.of("kernel-text", "symbol init_task", "module disk"),
        policy.protects().stream().map(Protected::label).toList());
    assertEquals(
        new Policy(
                List.of(new Protected.KernelText()),
                List.of(
                    new Policy.Rule(
                        Optional.empty(), WriterPattern.any(Writer.Kind.MODULE), StoreAnswer.PF)))
            .watching(
                List.of(
                    new Protected.OfSymbol("init_task"),
                    new Protected.OfModule("disk", Set.of(Section.DATA)))),
        policy);
  }

  @Test
  void symbolsFile_thatHasNone_isSaid() throws Exception {
    Path file =
        Files.writeString(folder.resolve("kallsyms"), "0000000000000000 T _text\nnonsense\n");

    ScenarioException e = assertThrows(ScenarioException.class, () -> LinuxFiles.symbols(file));

    assertTrue(
        String.valueOf(e.getMessage()).startsWith(file + ": no symbols of a kernel"), e::toString);
  }

  @Test
  void missingFile_isSaid() {
    ScenarioException e =
        assertThrows(ScenarioException.class, () -> LinuxReader.read(folder.resolve("none.yaml")));

    assertTrue(String.valueOf(e.getMessage()).contains("no such file"), e::toString);
  }

  private static Attempt attempt(String module, StoreAnswer answer) {
    return new Attempt(
        0,
        0,
        new Writer(Writer.Kind.MODULE, 1, module, ""),
        "",
        "kernel-text",
        "",
        0,
        8,
        0,
        1,
        answer,
        Verdict.RESTRICTED);
  }

  @Test
  void expectedAttempts_haveToComeInTheirOrder() {
    List<ExpectedAttempt> expected =
        List.of(
            new ExpectedAttempt(
                "module a", Optional.of("kernel-text"), Optional.of(StoreAnswer.GP)),
            new ExpectedAttempt("module b", Optional.empty(), Optional.empty()));
    Attempt a = attempt("a", StoreAnswer.GP);
    Attempt b = attempt("b", StoreAnswer.DROP);

    assertEquals(List.of(), ExpectedAttempt.unmet(expected, List.of(b, a, b)));
    assertEquals(1, ExpectedAttempt.unmet(expected, List.of(b, a)).size());
    assertEquals(
        1, ExpectedAttempt.unmet(expected, List.of(attempt("a", StoreAnswer.PF), b)).size());
  }
}
