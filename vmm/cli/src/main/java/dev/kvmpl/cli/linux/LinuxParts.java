// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.linux;

import dev.kvmpl.cli.hosts.GuestKernelFile;
import dev.kvmpl.cli.hosts.GuestModules;
import dev.kvmpl.linux.boot.InitialRamDisk;
import dev.kvmpl.linux.boot.KernelImage;
import dev.kvmpl.linux.boot.RamDisk;
import dev.kvmpl.linux.spec.LinuxSpec;
import dev.kvmpl.linux.writers.KernelSymbols;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.linux.LinuxFiles;
import dev.kvmpl.scenario.linux.LinuxScenario;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a Linux guest is made of, beside its scenario.
 *
 * @param kernel a version, or a path
 * @param initrd a RAM disk of the user's; null for kvmpl's own
 * @param append what the kernel's command line ends with
 * @param memory MiB
 * @param symbols the kernel's, in the place of the agent
 * @param command what runs in the place of what the scenario runs
 */
public record LinuxParts(
    String kernel,
    @Nullable Path initrd,
    String append,
    int cpus,
    long memory,
    @Nullable Path symbols,
    @Nullable String command) {
  /** What a kernel is told by default: that there is no PCI is an error, which it need not tell. */
  public static final String QUIET = "quiet loglevel=3";

  private static final long MIB = 1L << 20;
  private static final long MEMORY = 256;

  /** The defaults, with that kernel. */
  public static LinuxParts of(String kernel) {
    return new LinuxParts(kernel, null, QUIET, 1, MEMORY, null, null);
  }

  /** The kernel, which is fetched if it is a version. */
  public KernelImage image() throws ScenarioException, IOException, InterruptedException {
    return LinuxFiles.kernel(GuestKernelFile.find(kernel));
  }

  /**
   * The machine.
   *
   * @param modules built ones
   * @throws IllegalArgumentException with what is wrong and what is allowed
   */
  public LinuxSpec spec(LinuxScenario scenario, KernelImage image, List<Path> modules)
      throws ScenarioException {
    return new LinuxSpec(
        scenario.validator(),
        image,
        ramDisk(scenario, modules),
        initrd == null || !hasAgent(scenario) ? append : append + " " + RamDisk.BESIDE,
        cpus,
        Math.clamp(memory, 0, Integer.MAX_VALUE) * MIB,
        scenario.enforcement(),
        scenario.detection(),
        scenario.policy(),
        symbols == null ? KernelSymbols.none() : LinuxFiles.symbols(symbols));
  }

  private InitialRamDisk ramDisk(LinuxScenario scenario, List<Path> modules)
      throws ScenarioException {
    boolean closes = hasAgent(scenario);
    if (initrd != null && !closes) {
      return LinuxFiles.ramDisk(initrd);
    }
    RamDisk disk = initrd == null ? LinuxFiles.ramDisk() : LinuxFiles.agent();
    for (Path module : modules) {
      disk.module(String.valueOf(module.getFileName()), LinuxFiles.any(module));
    }
    if (initrd != null) {
      return disk.before(LinuxFiles.ramDisk(initrd));
    }
    if (closes) {
      disk.protect();
    }
    String run = command != null ? command : scenario.run();
    return (run.isEmpty() ? disk : disk.run(run)).archive();
  }

  /** Whether there is something for it to tell, and it is not replaced by symbols. */
  private boolean hasAgent(LinuxScenario scenario) {
    return symbols == null && !scenario.policy().protects().isEmpty();
  }

  /** The scenario's modules and the agent's, built for the kernel that is booted. */
  public List<Path> modules(LinuxScenario scenario) throws IOException, InterruptedException {
    return !hasAgent(scenario) && scenario.modules().isEmpty()
        ? List.of()
        : GuestModules.build(kernel, scenario.modules());
  }
}
