// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.linux.Console;
import dev.kvmpl.linux.LinuxMachine;
import dev.kvmpl.linux.LinuxResult;
import dev.kvmpl.linux.boot.RamDisk;
import dev.kvmpl.linux.observe.Attempt;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.spec.LinuxSpec;
import dev.kvmpl.linux.writers.KernelSymbols;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.scenario.linux.LinuxFiles;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.PayloadImage;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A Linux guest in a test. Its kernels and modules are files that whoever runs the tests names: on
 * a host on which Linux boots there is no excuse for not having them.
 */
final class LinuxGuest {
  /** Kernels, then their modules, each a list of paths. */
  private static final String KERNEL = "KVMPL_GUEST_KERNEL";

  private static final String OLD_KERNEL = "KVMPL_GUEST_KERNEL_OLD";
  private static final String MODULES = "KVMPL_GUEST_MODULES";
  private static final String KERNEL_MODULES = "KVMPL_GUEST_KERNEL_MODULES";
  private static final Duration TIME_LIMIT = Duration.ofMinutes(4);

  private final Policy policy;
  private int processors = 1;
  private EnforcementKind enforcement = EnforcementKind.SLOTS;
  private Detection detection = Detection.TRAP;
  private PayloadImage validator = LinuxFiles.validator();
  private boolean old;
  private final Map<String, byte[]> files = new HashMap<>();
  private Observer[] observers = {};
  private KernelSymbols symbols = KernelSymbols.none();
  private final Map<String, Consumer<LinuxMachine>> atLines = new HashMap<>();

  private LinuxGuest(Policy policy) {
    this.policy = policy;
  }

  /** One with that policy, where a guest can be had; else the test is not run. */
  static LinuxGuest with(Policy policy) {
    assumeFalse(Host.detect().emulatesSupervisor(), "no Linux boots in this KVM");
    boolean required = "1".equals(System.getenv("KVMPL_REQUIRE_KVM"));
    assumeFalse(System.getenv(KERNEL) == null && !required, "no kernel is named by " + KERNEL);
    return new LinuxGuest(policy);
  }

  LinuxGuest processors(int count) {
    processors = count;
    return this;
  }

  LinuxGuest enforcement(EnforcementKind kind) {
    enforcement = kind;
    return this;
  }

  /** With Linux's own part as the one that detects. */
  LinuxGuest detection(Detection who) {
    detection = who;
    return this;
  }

  /** With another validator than kvmpl's. */
  LinuxGuest validator(PayloadImage other) {
    validator = other;
    return this;
  }

  /** With the oldest kernel, for which there are no modules. */
  LinuxGuest oldKernel() {
    old = true;
    return this;
  }

  /** With a file more at {@code /modules}. */
  LinuxGuest file(String name, byte[] contents) {
    files.put(name, contents);
    return this;
  }

  /**
   * With the kernel's own modules at {@code /modules}; their names, in the order of their needs.
   */
  List<String> kernelsModules() throws Exception {
    List<String> names = new ArrayList<>();
    for (Path module : paths(KERNEL_MODULES)) {
      String name = String.valueOf(module.getFileName());
      files.put(name, LinuxFiles.any(module));
      names.add(name.replace(".ko", ""));
    }
    return names;
  }

  private static List<Path> paths(String variable) {
    return Arrays.stream(path(variable).toString().split(File.pathSeparator, -1))
        .map(Path::of)
        .toList();
  }

  /** Has somebody watch. */
  LinuxGuest watchedBy(Observer... watching) {
    observers = watching;
    return this;
  }

  /** Without the agent: these are the kernel's symbols. */
  LinuxGuest symbols(KernelSymbols known) {
    symbols = known;
    return this;
  }

  /** Does that when the guest has printed such a line, before it goes on. */
  LinuxGuest when(String line, Consumer<LinuxMachine> change) {
    atLines.put(line, change);
    return this;
  }

  private static Path path(String variable) {
    String value = System.getenv(variable);
    if (value == null) {
      throw new AssertionError("no file is named by " + variable);
    }
    return Path.of(value);
  }

  /** Runs a command inside, and expects that it switches itself off. */
  Ended run(String command) throws Exception {
    RamDisk disk = LinuxFiles.ramDisk().run(command);
    if (!policy.protects().isEmpty() && symbols.count() == 0) {
      disk.protect();
    }
    if (!old) {
      for (Path module : paths(MODULES)) {
        disk.module(String.valueOf(module.getFileName()), LinuxFiles.any(module));
      }
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        disk.module(file.getKey(), file.getValue());
      }
    }
    LinuxSpec spec =
        new LinuxSpec(
            validator,
            LinuxFiles.kernel(path(old ? OLD_KERNEL : KERNEL)),
            disk.archive(),
            "quiet",
            processors,
            256 << 20,
            enforcement,
            detection,
            policy,
            symbols);
    Sink sink = new Sink(atLines);
    try (Kvm kvm = Kvm.open();
        LinuxMachine machine = new LinuxMachine(kvm, spec, sink)) {
      sink.machine = machine;
      LinuxResult result = machine.run(TIME_LIMIT, observers);
      Ended ended = new Ended(result, sink.bytes.toString(StandardCharsets.UTF_8));
      assertEquals(Outcome.COMPLETED, result.outcome(), ended::toString);
      return ended;
    }
  }

  /** What has become of it. */
  record Ended(LinuxResult result, String console) {
    List<Attempt> attempts() {
      return result.attempts();
    }

    /** Whether the console has a line with that text. */
    boolean says(String text) {
      return console.contains(text);
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder(result.message()).append('\n').append(console);
      result.attempts().stream().limit(40).forEach(a -> text.append(a).append('\n'));
      return text.toString();
    }
  }

  private static final class Sink implements Console {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Map<String, Consumer<LinuxMachine>> atLines;
    private final StringBuilder line = new StringBuilder();
    @Nullable LinuxMachine machine;

    Sink(Map<String, Consumer<LinuxMachine>> atLines) {
      this.atLines = atLines;
    }

    @Override
    public void sent(int value) {
      bytes.write(value);
      if (value == '\n') {
        Consumer<LinuxMachine> change = atLines.get(line.toString().strip());
        line.setLength(0);
        if (change != null && machine != null) {
          change.accept(machine);
        }
      } else {
        line.append((char) value);
      }
    }

    @Override
    public void pause() {}
  }
}
