// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.FlightObserver;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a flight recording holds of a run, against what the run itself says. */
@RequiresKvm
class FlightRecordingTest {
  private static List<RecordedEvent> events(List<RecordedEvent> all, String name) {
    return all.stream().filter(event -> event.getEventType().getName().equals(name)).toList();
  }

  @Test
  void recording_hasTheRunsExitsVerdictsGrantsAndHandOvers(@TempDir Path folder)
      throws IOException, InterruptedException {
    Path file = folder.resolve("run.jfr");
    RunResult result;
    try (Recording recording = new Recording();
        TestMachine machine =
            TestMachine.with().driver(BuiltInPayload.STORE, FREE + 8, 8L, 5L).build()) {
      recording.start();
      result = machine.run(new FlightObserver());
      recording.stop();
      recording.dump(file);
    }

    List<RecordedEvent> all = RecordingFile.readAllEvents(file);
    Map<String, Long> exits =
        events(all, "dev.kvmpl.Exit").stream()
            .map(event -> event.getString("reason"))
            .filter(reason -> !reason.equals("INTR"))
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    assertEquals(result.exits(), exits);
    RecordedEvent verdict = events(all, "dev.kvmpl.Verdict").getLast();
    assertEquals(DRIVER, verdict.getInt("driver"));
    assertEquals("allowed", verdict.getString("verdict"));
    assertEquals(FREE + 8, verdict.getLong("address"));
    RecordedEvent grant = events(all, "dev.kvmpl.Grant").getLast();
    assertEquals(FREE, grant.getLong("address"));
    assertTrue(events(all, "dev.kvmpl.HandOver").size() > 2);
  }

  @Test
  void nothingIsRecorded_withoutTheObserver(@TempDir Path folder)
      throws IOException, InterruptedException {
    Path file = folder.resolve("run.jfr");
    try (Recording recording = new Recording();
        TestMachine machine = TestMachine.storing(FREE, 8L, 5L)) {
      recording.start();
      machine.run();
      recording.stop();
      recording.dump(file);
    }

    assertEquals(List.of(), events(RecordingFile.readAllEvents(file), "dev.kvmpl.Exit"));
  }
}
