// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The shell steps of docs/ci, with stand-ins for what would change the machine, or never end. */
@RequiresKvm
@Tag(SourceTree.TAG)
class CiRecipesTest {
  @TempDir Path folder;
  private Path notes = Path.of("");

  @BeforeEach
  void makeStandIns() throws IOException {
    notes = folder.resolve("notes");
    Files.createFile(notes);
    standIn("sudo", "if [ \"$1\" = tee ]; then cat >> \"%s\"; fi".formatted(notes));
    standIn("apt-get", "");
  }

  private void standIn(String name, String more) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(
        file, "#!/bin/sh\necho \"%s $*\" >> \"%s\"\n%s\n".formatted(name, notes, more));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** ./kvmpl test is what runs this test; everything else is the real thing. */
  private void runSteps(String file) throws Exception {
    List<String> steps = steps(file);
    assertTrue(steps.size() > 1 || steps.get(0).contains("kvmpl"), steps::toString);
    for (String step : steps) {
      String script =
          step.replace("./kvmpl test", "echo ./kvmpl test >> '" + notes + "'; :")
              .replace("result.json", folder.resolve("result.json").toString());
      Shell.Ended ended = Shell.run(script, Map.of("PATH", folder + ":" + System.getenv("PATH")));
      assertEquals(0, ended.status(), step + "\n" + ended.output());
    }
  }

  private static Object load(String file) throws IOException {
    return new Load(LoadSettings.builder().build())
        .loadFromString(Files.readString(SourceTree.root().resolve("docs/ci").resolve(file)));
  }

  private static Object at(Object in, Object... path) {
    Object value = in;
    for (Object key : path) {
      value = key instanceof Integer i ? ((List<?>) value).get(i) : ((Map<?, ?>) value).get(key);
      assertTrue(value != null, () -> "nothing at " + key);
    }
    return value;
  }

  private static List<String> steps(String file) throws IOException {
    Object jobs = at(load(file), "jobs");
    List<String> steps = new ArrayList<>();
    for (Object job : ((Map<?, ?>) jobs).values()) {
      for (Object step : (List<?>) at(job, "steps")) {
        if (((Map<?, ?>) step).get("run") instanceof String run) {
          steps.add(run);
        }
      }
    }
    return steps;
  }

  @Test
  void workflowWithKvm_opensTheDeviceTestsAndRuns() throws Exception {
    runSteps("github-kvm.yml");

    assertEquals(
        """
        sudo tee /etc/udev/rules.d/99-kvm.rules
        KERNEL=="kvm", GROUP="kvm", MODE="0666", OPTIONS+="static_node=kvm"
        sudo udevadm control --reload-rules
        sudo udevadm trigger --name-match=kvm
        ./kvmpl test
        """,
        Files.readString(notes));
    assertTrue(
        Files.readString(folder.resolve("result.json")).contains("\"outcome\" : \"completed\""));
  }

  @Test
  void workflowWithoutKvm_installsAndTestsOnTheEmulatedHost() throws Exception {
    assertTrue(steps("github-emulated.yml").contains("./kvmpl test --host amd"));
    runSteps("github-emulated.yml");

    assertEquals(
        """
        apt-get update
        apt-get install -y --no-install-recommends git ca-certificates curl unzip
        ./kvmpl test
        """,
        Files.readString(notes));
  }
}
