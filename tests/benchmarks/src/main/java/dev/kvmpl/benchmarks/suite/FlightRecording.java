// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.Machines;
import dev.kvmpl.benchmarks.guest.Timing;
import dev.kvmpl.observe.FlightObserver;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.spec.MachineSpec;
import jdk.jfr.Recording;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The round trip with nobody who tells JFR, with somebody and no recording, and with a recording.
 */
public class FlightRecording extends MachineBenchmark {
  private static final int PAGES = 320;

  @Param({"none", "idle", "recording"})
  public String events = "none";

  private @Nullable Recording recording;

  @Setup
  public void record() {
    if (events.equals("recording")) {
      Recording started = new Recording();
      for (String event : new String[] {"Exit", "HandOver", "Verdict", "Grant"}) {
        started.enable("dev.kvmpl." + event);
      }
      started.start();
      recording = started;
    }
  }

  @Override
  MachineSpec spec() {
    return Machines.of("pages", Machines.FIRST_PAGE, PAGES).build();
  }

  @Override
  Observer[] observers(Timing times) {
    return events.equals("none")
        ? new Observer[] {times}
        : new Observer[] {times, new FlightObserver()};
  }

  @Override
  long operations() {
    return PAGES - 1L;
  }

  @TearDown
  public void stop() {
    if (recording != null) {
      recording.close();
    }
  }
}
