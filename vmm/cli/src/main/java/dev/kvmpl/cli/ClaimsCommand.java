// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.claims.ClaimRow;
import dev.kvmpl.claims.Claims;
import dev.kvmpl.cli.hosts.Device;
import dev.kvmpl.cli.terminal.ExitStatus;
import dev.kvmpl.cli.terminal.OutputFile;
import dev.kvmpl.cli.terminal.Progress;
import dev.kvmpl.cli.terminal.Terminal;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.report.json.ClaimsJsonReport;
import dev.kvmpl.report.text.ClaimsReport;
import dev.kvmpl.scenario.input.InputFile;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.spec.Policy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code kvmpl claims}. */
@Command(
    name = "claims",
    description = {
      "Shows the published claims, 1 to 20, and the prior art: runs a machine for each way to show"
          + " them, and looks for each step in the trace.",
      "A row whose evidence is missing fails; docs/claims.md says what is looked for."
    },
    mixinStandardHelpOptions = true)
final class ClaimsCommand implements Callable<Integer> {
  @Spec @Nullable CommandSpec spec;

  @Option(names = "--json", description = "One JSON document on stdout, and nothing else there.")
  boolean json;

  @Option(
      names = "--report",
      paramLabel = "FILE.md",
      description = "Also writes the table to a file, in Markdown.")
  @Nullable Path report;

  @Option(
      names = "--validator",
      paramLabel = "FILE.elf",
      description = "A validator of your own in the place of kvmpl's.")
  @Nullable Path validator;

  @Option(
      names = "--enforcement",
      paramLabel = "KIND",
      description = "By what permissions bind: slots, which is the default, or mapping.")
  String enforcement = EnforcementKind.SLOTS.label();

  @Option(
      names = "--policy",
      paramLabel = "enforce",
      description = "What becomes of refusals: there is no claim about what is only watched.")
  String policy = Policy.ENFORCE.label();

  @Override
  public Integer call() throws InterruptedException, IOException {
    EnforcementKind kind = enforcement();
    if (PolicyOption.of(commandSpec().commandLine(), policy) != Policy.ENFORCE) {
      throw wrong("--policy is " + policy + ", which shows no claim: allowed is enforce");
    }
    UnaryOperator<MachineSpec> validated = change();
    UnaryOperator<MachineSpec> change =
        machine -> validated.apply(machine).but().enforcement(kind).build();
    OutputFile.check(commandSpec().commandLine(), "--report", report);
    Host host = Host.detect();
    List<ClaimRow> rows;
    try (Progress progress = new Progress("claims", commandSpec().commandLine().getErr());
        Kvm kvm = Kvm.open(Device.path())) {
      rows = new Claims(kvm, change, machine -> progress.at("claims, machine " + machine)).rows();
    }
    if (report != null) {
      String page = ClaimsReport.markdown(host, kind, rows);
      OutputFile.write(report, out -> out.write(page.getBytes(StandardCharsets.UTF_8)));
    }
    if (json) {
      ClaimsJsonReport.write(host, kind, rows, System.out);
    } else {
      ClaimsReport.writeText(
          host, kind, rows, Terminal.look(), commandSpec().commandLine().getOut());
    }
    return (rows.stream().allMatch(ClaimRow::passed) ? ExitStatus.DONE : ExitStatus.NOT_HELD)
        .code();
  }

  private EnforcementKind enforcement() {
    for (EnforcementKind kind : EnforcementKind.values()) {
      if (kind.label().equals(enforcement)) {
        return kind;
      }
    }
    throw wrong(
        String.format(Locale.ROOT, "--enforcement is %s, allowed are slots, mapping", enforcement));
  }

  private UnaryOperator<MachineSpec> change() {
    if (validator == null) {
      return UnaryOperator.identity();
    }
    try {
      PayloadImage image = PayloadImage.parse(InputFile.read(validator, PayloadImage.FILE_MAX));
      return machine -> machine.but().validator(image).build();
    } catch (IOException e) {
      throw wrong(
          String.format(
              Locale.ROOT, "--validator %s cannot be read (%s)", validator, InputFile.reason(e)));
    } catch (PayloadImage.MalformedException e) {
      throw wrong(String.format(Locale.ROOT, "--validator %s is %s", validator, e.getMessage()));
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(commandSpec().commandLine(), message);
  }

  private CommandSpec commandSpec() {
    return Objects.requireNonNull(spec);
  }
}
