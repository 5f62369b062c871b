// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.trace.Trace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Guests that record as much as they can: what is kept has a limit, and so has the heap. */
@RequiresKvm
@Tag("subprocess")
class LongReportTest {
  private static final int EXITS = 120;
  private static final int STORES = 60_000;
  private static final int RING = 512;

  @TempDir Path folder;

  private String scenario(String payload, String driver) throws Exception {
    Files.write(folder.resolve("d.elf"), Payloads.driverFile(payload));
    Path file = folder.resolve("long.yaml");
    Files.writeString(
        file,
        """
        validator: { payload: validator }
        timeLimit: 600s
        drivers: [ { name: d, payload: d.elf, %s } ]
        """
            .formatted(driver));
    return file.toString();
  }

  private static JsonNode json(String file) throws Exception {
    Command run = Command.small("run", "--json", file);
    assertEquals(0, run.status(), run.err());
    return new ObjectMapper().readTree(run.out());
  }

  private static List<String> text(String file) throws Exception {
    Command run = Command.small("run", file);
    assertEquals(0, run.status(), run.err());
    return run.out().lines().toList();
  }

  @Test
  void recordsOfFourProcessors_areKeptUpToTheLimit_andTheOthersCounted() throws Exception {
    String file = scenario("fills_trace", "processors: [0, 1, 2, 3], arguments: [" + EXITS + "]");

    JsonNode result = json(file);
    List<String> lines = text(file);

    int steps = result.get("steps").size();
    assertTrue(steps <= Trace.EVENTS_MAX && steps > Trace.EVENTS_MAX * 9 / 10, steps + " steps");
    long recorded = steps + result.get("lostRecords").asLong();
    assertTrue(recorded >= 4L * EXITS * RING, recorded + " records");
    assertTrue(lines.size() > Trace.EVENTS_MAX * 9 / 10, lines.size() + " lines");
    assertTrue(
        lines.stream().anyMatch(line -> line.matches("[0-9]+ steps and operations were not kept")));
  }

  @Test
  void operations_areKeptUpToTheLimit_andTheOthersCounted() throws Exception {
    String file = scenario("stores_often", "arguments: [0x1000000, " + STORES + "]");

    JsonNode result = json(file);

    assertEquals(Trace.EVENTS_MAX, result.get("operations").size());
    assertEquals("0x0", result.get("drivers").get(0).get("status").asText());
    long lost = result.get("lostRecords").asLong();
    assertTrue(lost >= STORES - Trace.EVENTS_MAX + STORES * 2 - Trace.EVENTS_MAX, lost + " lost");
  }
}
