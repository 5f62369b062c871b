// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.kvmpl.tests.support.RequiresKvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.reporting.FileEntry;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Sample tests, run by JUnit itself. */
@RequiresKvm
class KvmTestTest {
  @TempDir Path folder;

  /** What came of the one test of a class. */
  private static final class Outcome implements TestExecutionListener {
    private final List<Path> files = new ArrayList<>();
    private Status status = Status.ABORTED;
    private String message = "";

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      if (test.isTest()) {
        status = result.getStatus();
        message = result.getThrowable().map(Throwable::getMessage).orElse("");
      }
    }

    @Override
    public void fileEntryPublished(TestIdentifier test, FileEntry file) {
      files.add(file.getPath());
    }
  }

  private Outcome run(Class<?> sample) {
    Outcome outcome = new Outcome();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(sample))
                .configurationParameter("junit.platform.output.path", folder.toString())
                .configurationParameter("junit.platform.reporting.output.dir", folder.toString())
                .build(),
            outcome);
    return outcome;
  }

  @Test
  void scenarioBesideTheClass_runs_andNothingIsAttached() {
    Outcome outcome = run(Samples.Good.class);

    assertEquals(Status.SUCCESSFUL, outcome.status, outcome.message);
    assertEquals(List.of(), outcome.files);
  }

  @Test
  void failedAssertion_saysWhatThereWas_andThePageTheTraceAndTheTextAreAttached() throws Exception {
    Outcome outcome = run(Samples.WrongVerdict.class);

    assertEquals(Status.FAILED, outcome.status);
    assertEquals(
        "the verdict on a at 0x1000000: expected restricted, got [allowed]", outcome.message);
    List<String> names =
        outcome.files.stream().map(file -> file.getFileName().toString()).sorted().toList();
    assertEquals(List.of("run-1.html", "run-1.json", "run-1.txt"), names);
    for (Path file : outcome.files) {
      assertTrue(Files.size(file) > 1000, file::toString);
    }
  }

  @Test
  void parameterWithoutAScenario_saysHowToGiveOne() {
    Outcome outcome = run(Samples.NoScenario.class);

    assertEquals(Status.FAILED, outcome.status);
    assertTrue(outcome.message.contains("@KvmTest(scenario = \"...\")"), outcome.message);
  }

  @Test
  void scenarioThatIsNowhere_saysWhereItWasLookedFor() {
    Outcome outcome = run(Samples.MissingScenario.class);

    assertEquals(Status.FAILED, outcome.status);
    assertTrue(outcome.message.contains("no scenario nowhere.yaml"), outcome.message);
  }

  @Test
  void machine_runsOnce() {
    Outcome outcome = run(Samples.RunsTwice.class);

    assertEquals("a machine runs once", outcome.message);
  }
}
