// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.claims.ClaimRow;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.report.json.JsonReport;
import dev.kvmpl.report.text.ClaimsReport;
import dev.kvmpl.report.text.Look;
import dev.kvmpl.report.text.TextReport;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.ScenarioReader;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.tests.support.RequiresKvm;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the library says does not depend on the default locale: not its digits, its decimal points,
 * nor its upper and lower case. New code is kept to that by Error Prone's DefaultLocale and
 * StringCaseLocaleUsage.
 */
class LocaleTest {
  private static final Locale BEFORE = Locale.getDefault();
  private static final Host HOST = new Host("kvm_x/y", "1.2.3", "A CPU", false);

  static Stream<Locale> locales() {
    return Stream.of("ar-EG-u-nu-arab", "hi-IN-u-nu-deva", "tr-TR", "de-DE", "th-TH-u-nu-thai")
        .map(Locale::forLanguageTag);
  }

  @AfterEach
  void restore() {
    Locale.setDefault(BEFORE);
  }

  /** So that a test below can fail. */
  @Test
  void localesDiffer() {
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    assertFalse(String.format(Locale.getDefault(), "%d", 12).contains("1"));
    Locale.setDefault(Locale.forLanguageTag("tr-TR"));
    assertFalse("IRQ".toLowerCase(Locale.getDefault()).contains("i"));
  }

  private static String text(ScenarioRun run) {
    StringWriter text = new StringWriter();
    try (PrintWriter out = new PrintWriter(text)) {
      TextReport.write(HOST, run, out);
      ClaimsReport.writeText(HOST, EnforcementKind.SLOTS, List.of(row()), Look.PLAIN, out);
    }
    return text.append(ClaimsReport.markdown(HOST, EnforcementKind.SLOTS, List.of(row())))
        .toString();
  }

  private static String json(ScenarioRun run) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    JsonReport.write(HOST, run, out);
    return out.toString(java.nio.charset.StandardCharsets.UTF_8);
  }

  private static ClaimRow row() {
    return new ClaimRow("12", "A title", List.of("write (trap)"), List.of(), List.of("a line"));
  }

  @RequiresKvm
  @ParameterizedTest
  @MethodSource("locales")
  void reports_areTheSameBytes(Locale locale) throws Exception {
    ScenarioRun run;
    try (Kvm kvm = Kvm.open()) {
      run = ScenarioRun.of(kvm, ScenarioReader.builtIn());
    }
    Locale.setDefault(Locale.ROOT);
    String text = text(run);
    String json = json(run);

    Locale.setDefault(locale);

    assertEquals(text, text(run));
    assertEquals(json, json(run));
  }

  /** A machine and its messages, and what they have of numbers. */
  @RequiresKvm
  @ParameterizedTest
  @MethodSource("locales")
  void runAndItsUnmetExpectations_areTheSame(Locale locale) throws Exception {
    Locale.setDefault(Locale.ROOT);
    List<String> unmet = unmet();

    Locale.setDefault(locale);

    assertFalse(unmet.isEmpty());
    assertEquals(unmet, unmet());
  }

  private static List<String> unmet() throws Exception {
    Scenario scenario =
        ScenarioReader.parse(
            "s.yaml",
            """
            validator: { payload: validator }
            drivers: [ { name: i, payload: store, arguments: [0x1000000, 8, 1] } ]
            expect: { status: { i: 12 }, memory: [ { gpa: 0x1000000, hex: "ff" } ] }
            """);
    try (Kvm kvm = Kvm.open()) {
      return ScenarioRun.of(kvm, scenario).unmet();
    }
  }

  @ParameterizedTest
  @MethodSource("locales")
  void complaints_areTheSame(Locale locale) {
    Locale.setDefault(Locale.ROOT);
    List<String> before = complaints();

    Locale.setDefault(locale);

    assertEquals(before, complaints());
  }

  private static List<String> complaints() {
    return List.of(
        complaint("memory: 1MiB\n"),
        complaint("\n\ntimeLimit: 12\n"),
        complaint("drivers: [ { name: a, payload: i } ]\n"),
        complaint("drivers: [ { name: a, payload: store, processors: [99] } ]\n"),
        String.valueOf(new SyscallException("KVM_X", "", 133).getMessage()),
        String.valueOf(new SyscallException("KVM_X", "", 1234).getMessage()));
  }

  private static String complaint(String scenario) {
    return String.valueOf(
        assertThrows(ScenarioException.class, () -> ScenarioReader.parse("s.yaml", scenario))
            .getMessage());
  }

  @ParameterizedTest
  @MethodSource("locales")
  void payloads_haveTheSameNames(Locale locale) {
    Locale.setDefault(locale);

    assertEquals(BuiltInPayload.IRQ, BuiltInPayload.byName("irq").orElseThrow());
    assertEquals(BuiltInPayload.DISK, BuiltInPayload.byName("disk").orElseThrow());
  }
}
