// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.kvm.Capability;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.kvm.host.OneLine;
import dev.kvmpl.kvm.host.UnusableHostException;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.ScenarioReader;
import dev.kvmpl.scenario.ScenarioRun;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code kvmpl doctor}. */
@Command(
    name = "doctor",
    description = "Says what this host offers, and what is lost where it lacks something.",
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    Host host = Host.detect();
    Path device = Device.path();
    line(out, "backend", host.backend());
    line(out, "exactness", "docs/security.md, column " + host.module());
    line(out, "kernel", host.kernel());
    line(out, "cpu", host.cpu());
    line(out, "cpus", String.valueOf(Runtime.getRuntime().availableProcessors()));
    line(out, "nested", host.nested() ? "yes, this host is a virtual machine" : "no");
    line(out, device.toString(), access(device));
    try (Kvm kvm = Kvm.open(device)) {
      line(out, "API version", String.valueOf(kvm.apiVersion()));
      for (Capability capability : Capability.values()) {
        int value = kvm.extension(capability);
        line(
            out,
            capability.kernelName(),
            value == 0
                ? "missing: " + capability.lostWithout()
                : "yes" + detail(capability, value));
      }
      String failure = failure(kvm);
      line(out, "a machine", failure.isEmpty() ? "does what it shall" : "fails");
      return verdict(out, failure);
    } catch (UnusableHostException | SyscallException e) {
      return verdict(out, String.valueOf(e.getMessage()));
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
      out.println("this host can run kvmpl");
      return ExitStatus.DONE.code();
    }
    out.println("this host cannot run kvmpl: " + OneLine.of(failure));
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

  private static void line(PrintWriter out, String name, String value) {
    out.printf(Locale.ROOT, "%-30s %s%n", name, value);
  }
}
