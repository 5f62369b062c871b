// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.SourceTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --pure}, where there is no KVM behind {@code /dev/kvm}. */
@Tag("subprocess")
@Tag(SourceTree.TAG)
class PureRunTest {
  private static final Path KVM = Path.of("/dev/kvm");

  @TempDir Path folder;

  /** Puts {@code /dev/null} in the device's place, in a mount namespace of its own. */
  private static List<String> hidingKvm(String... command) {
    List<String> line = new ArrayList<>();
    if (Files.exists(KVM)) {
      String hide = "mount --bind /dev/null /dev/kvm && exec \"$@\"";
      line.addAll(List.of("unshare", "--mount", "--map-root-user", "sh", "-c", hide, "sh"));
    }
    line.addAll(List.of(command));
    return line;
  }

  @Test
  void pureTests_passWithoutKvm_andNoneIsSkipped() throws Exception {
    assumeTrue(
        Command.run(Map.of(), hidingKvm("true")).status() == 0,
        "this user may not make a mount namespace");
    Path tests = Path.of(TestRun.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<String> line = Command.line(TestRun.class, "--roots", tests.toString(), "--pure");
    line.addAll(List.of("--reports", folder.toString()));
    line.add(1, "-Dkvmpl.root=" + SourceTree.root());

    Command run = Command.run(Map.of(), hidingKvm(line.toArray(String[]::new)));

    assertEquals(0, run.status(), run.out() + run.err());
    Counts counts = Reports.read(folder);
    assertEquals(new Counts(counts.tests(), 0, 0), counts, run.out());
    assertTrue(run.out().contains("dev.kvmpl.tests.vmpl.RmpTest"), run.out());
  }
}
