// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.RequiresKvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Signals and vCPU threads, in JVMs of their own: one that dies of a signal must be a failed test.
 * How many machines are kicked: system property {@code kvmpl.kickedMachines}.
 */
@RequiresKvm
@Tag("subprocess")
class KickedMachinesTest {
  private static final int MACHINES = Integer.getInteger("kvmpl.kickedMachines", 500);
  private static final int FEW = 20;
  private static final long PATIENCE_S = 120;
  private static final long PAUSE_MS = 200;
  private static final String VCPU_THREAD = "vcpu0-vmpl1";

  private static void assertPrints(String expected, List<String> line) throws Exception {
    Command ended = Command.run(Map.of(), line);

    assertEquals(expected, ended.out(), ended::err);
    assertEquals(0, ended.status(), ended::err);
  }

  private static List<String> kicked(int machines) {
    long seed = System.nanoTime();
    System.out.println("seed of the kicks: " + seed);
    return Command.line(KickedMachines.class, "" + machines, "" + seed);
  }

  @Test
  void machinesThatAreKickedAtRandomMoments_completeAllTheSame() throws Exception {
    assertPrints(MACHINES + " machines, enough kicks\n", kicked(MACHINES));
  }

  @Test
  void userWhoMayQueueNoSignal_canStillKick() throws Exception {
    List<String> line = new ArrayList<>(List.of("sh", "-c", "ulimit -i 0; exec \"$@\"", "sh"));
    line.addAll(kicked(FEW));

    assertPrints(FEW + " machines, enough kicks\n", line);
  }

  @Test
  void programThatHandlesTheSignalItself_isNotBothered() throws Exception {
    assertPrints(
        "handled for kicks: 0\nhandled when raised: 1\n",
        Command.line(HandledSignal.class, "" + FEW));
  }

  @Test
  void programWhoseGuestLoops_answersThoseWhoLookIntoIt_andGoesOn(@TempDir Path folder)
      throws Exception {
    Path out = folder.resolve("out");
    List<String> line = Command.line(LoopingMachine.class);
    line.add(1, "-XX:StartFlightRecording:settings=profile,jdk.CPUTimeSample#enabled=true");
    Process process =
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    String pid = "" + process.pid();
    try {
      await(() -> ask("jcmd", pid, "Thread.print").contains(VCPU_THREAD));
      assertTrue(ask("jstack", pid).contains(VCPU_THREAD));
      ask("kill", "-QUIT", pid);
      await(() -> Files.readString(out).contains(VCPU_THREAD));
      Path recording = folder.resolve("recording.jfr");
      await(() -> hasSamples(pid, recording));
      assertTrue(process.isAlive(), "it has ended");

      process.getOutputStream().close();

      assertTrue(process.waitFor(PATIENCE_S, TimeUnit.SECONDS), "the machine is not stopped");
      assertEquals(0, process.exitValue());
      assertTrue(Files.readString(out).endsWith("stopped\n"), Files.readString(out));
    } finally {
      process.destroyForcibly();
    }
  }

  /** Whether the flight recorder has looked at the vCPU's thread. */
  private static boolean hasSamples(String pid, Path recording) throws Exception {
    ask("jcmd", pid, "JFR.dump", "filename=" + recording);
    return RecordingFile.readAllEvents(recording).stream()
        .filter(event -> event.getEventType().getName().equals("jdk.NativeMethodSample"))
        .map(event -> event.getThread("sampledThread").getJavaName())
        .anyMatch(VCPU_THREAD::equals);
  }

  /** What a tool prints, of the JDK if it has one of that name. */
  private static String ask(String... line) throws Exception {
    Path ofJdk = Path.of(System.getProperty("java.home"), "bin", line[0]);
    List<String> all = new ArrayList<>(List.of(line));
    all.set(0, Files.exists(ofJdk) ? ofJdk.toString() : line[0]);
    return Command.run(Map.of(), all).out();
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
    while (!condition.call()) {
      assertTrue(System.nanoTime() < deadline, "nothing after " + PATIENCE_S + " s");
      Thread.sleep(PAUSE_MS);
    }
  }
}
