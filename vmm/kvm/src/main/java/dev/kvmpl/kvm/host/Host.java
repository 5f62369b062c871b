// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What can be known of this host without opening /dev/kvm, from /proc and /sys.
 *
 * @param backend the module behind /dev/kvm with its way of paging, such as {@code kvm_amd/npt}
 * @param kernel its release
 * @param cpu its model name
 * @param nested whether the CPU says that a hypervisor runs it
 */
public record Host(String backend, String kernel, String cpu, boolean nested) {
  private static final Path MODULES = Path.of("/sys/module");
  private static final String UNKNOWN = "unknown";

  /** Looks. */
  public static Host detect() {
    List<String> cpuinfo = lines(Path.of("/proc/cpuinfo"));
    String cpu =
        cpuinfo.stream()
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse(UNKNOWN);
    boolean nested =
        cpuinfo.stream()
            .filter(line -> line.startsWith("flags"))
            .findFirst()
            .map(line -> List.of(line.split("\\s+")).contains("hypervisor"))
            .orElse(false);
    String kernel =
        lines(Path.of("/proc/sys/kernel/osrelease")).stream().findFirst().orElse(UNKNOWN);
    return new Host(detectBackend(), kernel, cpu, nested);
  }

  /**
   * Whether KVM executes what guests do at CPL 0 by its instruction emulator, as kvm_pvm does; what
   * cannot be told counts as that. The emulator stores page by page, where a CPU faults before.
   */
  public boolean emulatesSupervisor() {
    return !module().equals("kvm_amd") && !module().equals("kvm_intel");
  }

  /** The module behind /dev/kvm, such as {@code kvm_amd}. */
  public String module() {
    int slash = backend.indexOf('/');
    return slash < 0 ? backend : backend.substring(0, slash);
  }

  private static String detectBackend() {
    if (Files.isDirectory(MODULES.resolve("kvm_amd"))) {
      return "kvm_amd/" + (isOn("kvm_amd", "npt") ? "npt" : "shadow");
    } else if (Files.isDirectory(MODULES.resolve("kvm_intel"))) {
      return "kvm_intel/" + (isOn("kvm_intel", "ept") ? "ept" : "shadow");
    } else if (Files.isDirectory(MODULES.resolve("kvm_pvm"))) {
      return "kvm_pvm/shadow";
    }
    return UNKNOWN;
  }

  private static boolean isOn(String module, String parameter) {
    return lines(MODULES.resolve(module).resolve("parameters").resolve(parameter)).stream()
        .anyMatch(value -> value.equals("Y") || value.equals("1"));
  }

  /** A file's lines, none if it cannot be read. */
  static List<String> lines(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.toList();
    } catch (IOException | java.io.UncheckedIOException e) {
      return List.of(); // a host without /proc or /sys: everything is unknown
    }
  }
}
