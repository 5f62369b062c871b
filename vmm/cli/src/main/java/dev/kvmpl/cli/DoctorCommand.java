// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.cli.hosts.Device;
import dev.kvmpl.cli.options.Options;
import dev.kvmpl.cli.terminal.ExitStatus;
import dev.kvmpl.cli.terminal.Progress;
import dev.kvmpl.cli.terminal.Terminal;
import dev.kvmpl.kvm.Capability;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.kvm.host.OneLine;
import dev.kvmpl.kvm.host.UnusableHostException;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.report.text.Table;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.ScenarioReader;
import dev.kvmpl.scenario.ScenarioRun;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code kvmpl doctor}. */
final class DoctorCommand implements Callable<Integer> {
  final Options options =
      new Options(this, "Says what this host offers, and what is lost where it lacks something.");

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = options.line().getOut();
    List<List<String>> lines = new ArrayList<>();
    Host host = Host.detect();
    Path device = Device.path();
    lines.add(List.of("backend", host.backend()));
    lines.add(List.of("exactness", "docs/security.md, column " + host.module()));
    lines.add(List.of("kernel", host.kernel()));
    lines.add(List.of("cpu", host.cpu()));
    lines.add(List.of("cpus", String.valueOf(Runtime.getRuntime().availableProcessors())));
    lines.add(List.of("nested", host.nested() ? "yes, this host is a virtual machine" : "no"));
    lines.add(List.of(device.toString(), access(device)));
    String failure;
    try (Progress _ = new Progress("doctor", options.line().getErr())) {
      failure = look(device, lines);
    }
    new Table(Terminal.look(), "", "")
        .print(out, rows -> lines.forEach(line -> rows.of(line.getFirst(), line.getLast())));
    return verdict(out, failure);
  }

  /** Adds what KVM says of itself; returns why it cannot be used, empty if it can. */
  private static String look(Path device, List<List<String>> lines) throws InterruptedException {
    try (Kvm kvm = Kvm.open(device)) {
      lines.add(List.of("API version", String.valueOf(kvm.apiVersion())));
      for (Capability capability : Capability.values()) {
        int value = kvm.extension(capability);
        lines.add(
            List.of(
                capability.kernelName(),
                value == 0
                    ? "missing: " + capability.lostWithout()
                    : "yes" + detail(capability, value)));
      }
      String failure = failure(kvm);
      lines.add(List.of("a machine", failure.isEmpty() ? "does what it shall" : "fails"));
      return failure;
    } catch (UnusableHostException | SyscallException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** Tries all that a run needs: what KVM says that it can is not yet done. Empty if it works. */
  private static String failure(Kvm kvm) throws InterruptedException {
    try {
      ScenarioRun run = ScenarioRun.of(kvm, ScenarioReader.builtIn());
      RunResult result = run.result();
      return result.outcome() == Outcome.COMPLETED
          ? String.join(", ", run.unmet())
          : "the built-in scenario " + result.outcome().label() + ": " + result.message();
    } catch (ScenarioException e) {
      throw new IllegalStateException("the built-in scenario is wrong", e);
    }
  }

  private static int verdict(PrintWriter out, String failure) {
    if (failure.isEmpty()) {
      out.println(Terminal.look().good("this host can run kvmpl"));
      return ExitStatus.DONE.code();
    }
    out.println(Terminal.look().bad("this host cannot run kvmpl: " + OneLine.of(failure)));
    return ExitStatus.UNUSABLE_HOST.code();
  }

  private static String access(Path device) {
    if (!Files.exists(device)) {
      return "missing";
    }
    return Files.isReadable(device) && Files.isWritable(device)
        ? "may be read and written"
        : "no permission";
  }

  private static String detail(Capability capability, int value) {
    return capability == Capability.NR_MEMSLOTS ? " (" + value + ")" : "";
  }
}
