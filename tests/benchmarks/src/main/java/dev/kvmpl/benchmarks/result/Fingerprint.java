// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.result;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.kvm.host.Host;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a host is, as far as it decides what things cost there. */
public final class Fingerprint {
  private static final Path CPUS = Path.of("/sys/devices/system/cpu");
  private static final String UNKNOWN = "unknown";

  private Fingerprint() {}

  /** Looks; keys in the order in which they are to be read. */
  public static Map<String, String> take() {
    Host host = Host.detect();
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("backend", host.backend());
    facts.put("cpu", host.cpu());
    facts.put("cpus", String.valueOf(Runtime.getRuntime().availableProcessors()));
    facts.put("kernel", host.kernel());
    facts.put("nested", String.valueOf(host.nested()));
    facts.put("mitigations", mitigations());
    facts.put("governor", line(CPUS.resolve("cpu0/cpufreq/scaling_governor")));
    facts.put(
        "clocksource",
        line(Path.of("/sys/devices/system/clocksource/clocksource0/current_clocksource")));
    facts.put("quirks", quirks());
    facts.put("jdk", System.getProperty("java.vm.name") + " " + Runtime.version());
    facts.put("load", line(Path.of("/proc/loadavg")));
    facts.put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    return facts;
  }

  /** What makes two hosts the same for a comparison: neither the time nor what else runs. */
  public static String identity(Map<String, String> facts) {
    return Stream.of("backend", "cpu", "cpus", "kernel", "mitigations", "quirks", "jdk")
        .map(key -> facts.getOrDefault(key, UNKNOWN))
        .collect(Collectors.joining(", "));
  }

  /** What the kernel does about each of its CPU's faults that this CPU has. */
  private static String mitigations() {
    try (Stream<Path> all = Files.list(CPUS.resolve("vulnerabilities"))) {
      return all.sorted()
          .map(file -> file.getFileName() + ": " + line(file))
          .filter(text -> !text.endsWith(": Not affected"))
          .collect(Collectors.joining("; "));
    } catch (IOException e) {
      return UNKNOWN;
    }
  }

  /** Those that KVM can be told to do without (KVM_CAP_DISABLE_QUIRKS2). */
  private static String quirks() {
    try (dev.kvmpl.kvm.Kvm kvm = dev.kvmpl.kvm.Kvm.open()) {
      return String.format(Locale.ROOT, "%#x", kvm.fd().extension(Kvm.KVM_CAP_DISABLE_QUIRKS2()));
    } catch (RuntimeException e) {
      return UNKNOWN;
    }
  }

  private static String line(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return UNKNOWN;
    }
  }
}
