// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.linux;

import dev.kvmpl.claims.ClaimRow;
import dev.kvmpl.claims.LinuxClaims;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.kvm.host.UnusableHostException;
import dev.kvmpl.linux.Console;
import dev.kvmpl.linux.LinuxMachine;
import dev.kvmpl.linux.LinuxResult;
import dev.kvmpl.linux.boot.Boot;
import dev.kvmpl.linux.boot.KernelImage;
import dev.kvmpl.linux.spec.LinuxSpec;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.linux.LinuxReader;
import dev.kvmpl.scenario.linux.LinuxRun;
import dev.kvmpl.scenario.linux.LinuxScenario;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.spec.PayloadsTooLargeException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The claims, shown with an unmodified Linux whose module is the driver. */
public final class OnLinux {
  /** The example that shows them, in the source tree, with its modules' sources. */
  private static final String EXAMPLE = "docs/examples/linux/claims.yaml";

  private static final Duration TIME_LIMIT = Duration.ofMinutes(10);

  private OnLinux() {}

  /** The scenario's file in the source tree; null if there is none. */
  public static @Nullable Path example() {
    String root = System.getProperty("kvmpl.root");
    return root == null ? null : Path.of(root, EXAMPLE);
  }

  /**
   * Boots it, and looks for the evidence.
   *
   * @param kernel a version, or a path
   * @param built the scenario's modules and the agent's; empty if they are to be built
   * @param validator in the place of the scenario's; null for that
   * @throws UnusableHostException if no Linux boots in this host's KVM
   */
  public static List<ClaimRow> rows(
      Path device,
      Path file,
      String kernel,
      List<Path> built,
      @Nullable PayloadImage validator,
      EnforcementKind enforcement)
      throws ScenarioException, IOException, InterruptedException {
    Host here = Host.detect();
    if (here.emulatesSupervisor()) {
      throw UnusableHostException.emulatesSupervisor(here.module());
    }
    LinuxScenario read = LinuxReader.read(file);
    LinuxScenario scenario =
        read.with(validator == null ? read.validator() : validator, enforcement);
    LinuxParts parts = LinuxParts.of(kernel);
    KernelImage image = parts.image();
    LinuxSpec spec = parts.spec(scenario, image, built.isEmpty() ? parts.modules(scenario) : built);
    try (Kvm kvm = Kvm.open(device);
        LinuxMachine machine = new LinuxMachine(kvm, spec, new Unheard())) {
      LinuxResult result = machine.run(TIME_LIMIT, new Observer() {});
      String name = "Linux " + (image.release().isEmpty() ? kernel : image.release());
      return LinuxClaims.rows(LinuxRun.of(name, scenario, spec.memorySize(), result));
    } catch (Boot.TooSmallException | PayloadsTooLargeException e) {
      throw new ScenarioException(String.valueOf(e.getMessage()));
    }
  }

  /** Nobody reads what it prints: {@code boot} shows it. */
  private static final class Unheard implements Console {
    @Override
    public void sent(int value) {}

    @Override
    public void pause() {}
  }
}
