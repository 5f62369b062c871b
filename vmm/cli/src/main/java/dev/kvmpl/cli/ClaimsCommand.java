// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.claims.ClaimRow;
import dev.kvmpl.claims.Claims;
import dev.kvmpl.cli.hosts.Device;
import dev.kvmpl.cli.hosts.GuestKernelFile;
import dev.kvmpl.cli.hosts.GuestModules;
import dev.kvmpl.cli.hosts.HostFiles;
import dev.kvmpl.cli.hosts.HostOptions;
import dev.kvmpl.cli.linux.LinuxParts;
import dev.kvmpl.cli.linux.OnLinux;
import dev.kvmpl.cli.options.Options;
import dev.kvmpl.cli.options.Options.Value;
import dev.kvmpl.cli.terminal.ExitStatus;
import dev.kvmpl.cli.terminal.OutputFile;
import dev.kvmpl.cli.terminal.Progress;
import dev.kvmpl.cli.terminal.Terminal;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.report.json.ClaimsJsonReport;
import dev.kvmpl.report.text.ClaimsReport;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.input.InputFile;
import dev.kvmpl.scenario.linux.LinuxReader;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.spec.Policy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** {@code kvmpl claims}. */
final class ClaimsCommand implements Callable<Integer> {
  final Options options =
      new Options(
          this,
          "Shows the published claims, 1 to 20, and the prior art: runs a machine for each way to"
              + " show them, and looks for each step in the trace.",
          "A row whose evidence is missing fails; docs/claims.md says what is looked for.");

  private final Value<Boolean> json =
      options.flag("--json", "One JSON document on stdout, and nothing else there.");

  private final Value<Path> report =
      options.add(
          Path.class,
          OptionSpec.builder("--report")
              .paramLabel("FILE.md")
              .description("Also writes the table to a file, in Markdown."));

  private final Value<Path> validator =
      options.add(
          Path.class,
          OptionSpec.builder("--validator")
              .paramLabel("FILE.elf")
              .description("A validator of your own in the place of kvmpl's."));

  private final Value<String> enforcement =
      options.add(
          String.class,
          OptionSpec.builder("--enforcement")
              .paramLabel("KIND")
              .defaultValue(EnforcementKind.SLOTS.label())
              .description("By what permissions bind: slots, which is the default, or mapping."));

  private final Value<String> policy =
      options.add(
          String.class,
          OptionSpec.builder("--policy")
              .paramLabel("enforce")
              .defaultValue(Policy.ENFORCE.label())
              .description(
                  "What becomes of refusals: there is no claim about what is only watched."));

  private final Value<Boolean> linux =
      options.flag(
          "--linux",
          "Shows them with an unmodified Linux kernel, whose module is the driver, in the place of"
              + " machines of kvmpl's own: docs/claims.md.");

  private final Value<String> kernel =
      options.add(
          String.class,
          OptionSpec.builder("--kernel")
              .paramLabel("VERSION|FILE")
              .description(
                  "With --linux: 6.12 (default) or 6.1 of Debian's, or a file, as of boot."));

  private final HostOptions hosts = new HostOptions(options);

  private final Value<List<Path>> built = GuestModules.builtOnes(options);

  private final Value<Path> linuxScenario =
      options.add(
          Path.class,
          OptionSpec.builder("--linux-scenario")
              .paramLabel("<linuxScenario>")
              .hidden(true)
              .description("In the example's place."));

  @Override
  public Integer call() throws ScenarioException, InterruptedException, IOException {
    EnforcementKind kind = enforcement();
    if (kernel.isGiven() && !linux.get()) {
      throw wrong("--kernel goes with --linux");
    }
    if (PolicyOption.of(options.line(), policy.get()) != Policy.ENFORCE) {
      throw wrong("--policy is " + policy.get() + ", which shows no claim: allowed is enforce");
    }
    OutputFile.check(options.line(), "--report", report.orNull());
    PayloadImage judging = validator.isGiven() ? validator(validator.get()) : null;
    if (hosts.isEmulated()) {
      return hosts.canMake() ? emulated(kind) : ExitStatus.UNUSABLE_HOST.code();
    }
    Host host = Host.detect();
    List<ClaimRow> rows = linux.get() ? onLinux(judging, kind) : onMachines(judging, kind);
    if (report.isGiven()) {
      String page = ClaimsReport.markdown(host, kind, rows);
      OutputFile.write(report.get(), out -> out.write(page.getBytes(StandardCharsets.UTF_8)));
    }
    if (json.get()) {
      ClaimsJsonReport.write(host, kind, rows, System.out);
    } else {
      ClaimsReport.writeText(host, kind, rows, Terminal.look(), options.line().getOut());
    }
    return (rows.stream().allMatch(ClaimRow::passed) ? ExitStatus.DONE : ExitStatus.NOT_HELD)
        .code();
  }

  private EnforcementKind enforcement() {
    for (EnforcementKind kind : EnforcementKind.values()) {
      if (kind.label().equals(enforcement.get())) {
        return kind;
      }
    }
    throw wrong(
        String.format(
            Locale.ROOT, "--enforcement is %s, allowed are slots, mapping", enforcement.get()));
  }

  private List<ClaimRow> onMachines(@Nullable PayloadImage judging, EnforcementKind kind)
      throws InterruptedException {
    UnaryOperator<MachineSpec> change =
        machine ->
            (judging == null ? machine.but() : machine.but().validator(judging))
                .enforcement(kind)
                .build();
    try (Progress progress = new Progress("claims", options.line().getErr());
        Kvm kvm = Kvm.open(Device.path())) {
      return new Claims(kvm, change, machine -> progress.at("claims, machine " + machine)).rows();
    }
  }

  private List<ClaimRow> onLinux(@Nullable PayloadImage judging, EnforcementKind kind)
      throws ScenarioException, InterruptedException, IOException {
    try (Progress _ = new Progress("claims, Linux", options.line().getErr())) {
      return OnLinux.rows(
          Device.path(), linuxScenario(), guestKernel(), built.get(), judging, kind);
    }
  }

  private String guestKernel() {
    return kernel.isGiven() ? kernel.get() : "6.12";
  }

  private Path linuxScenario() {
    Path scenario = linuxScenario.isGiven() ? linuxScenario.get() : OnLinux.example();
    if (scenario == null) {
      throw wrong("--linux needs kvmpl's source tree: use its ./kvmpl");
    }
    return scenario;
  }

  private int emulated(EnforcementKind kind)
      throws ScenarioException, InterruptedException, IOException {
    List<Path> files = new ArrayList<>();
    List<String> there = new ArrayList<>(List.of("claims", "--enforcement", kind.label()));
    if (json.get()) {
      there.add("--json");
    }
    if (validator.isGiven()) {
      files.add(validator.get());
      there.addAll(List.of("--validator", validator.get().toString()));
    }
    if (linux.get()) {
      Path image = GuestKernelFile.find(guestKernel());
      files.addAll(List.of(image, linuxScenario()));
      there.addAll(List.of("--linux", "--kernel", image.toString()));
      there.addAll(List.of("--linux-scenario", linuxScenario().toString()));
      for (Path module : LinuxParts.of(guestKernel()).modules(LinuxReader.read(linuxScenario()))) {
        files.add(module);
        there.addAll(List.of("--built", module.toString()));
      }
    }
    HostFiles outputs = new HostFiles();
    outputs.want(there, "--report", report.orNull());
    return hosts.run(files, there, outputs);
  }

  private PayloadImage validator(Path file) {
    try {
      return PayloadImage.parse(InputFile.read(file, PayloadImage.FILE_MAX));
    } catch (IOException e) {
      throw wrong(
          String.format(
              Locale.ROOT, "--validator %s cannot be read (%s)", file, InputFile.reason(e)));
    } catch (PayloadImage.MalformedException e) {
      throw wrong(String.format(Locale.ROOT, "--validator %s is %s", file, e.getMessage()));
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(options.line(), message);
  }
}
