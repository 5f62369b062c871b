// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.TestMachine;
import java.io.IOException;
import java.time.Duration;

/**
 * A program whose machine's driver loops until the standard input ends: then the machine is
 * stopped, as by its time limit.
 */
final class LoopingMachine {
  private LoopingMachine() {}

  public static void main(String[] arguments) {
    Thread runs = Thread.currentThread();
    Thread.ofPlatform().daemon().start(() -> interruptAtEnd(runs));
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("loops"))
            .timeLimit(Duration.ofHours(1))
            .build()) {
      RunResult result = machine.run();
      System.out.println("ended by itself: " + result);
    } catch (IllegalStateException e) { // TestMachine's, for the interrupt
      System.out.println("stopped");
    }
  }

  private static void interruptAtEnd(Thread runs) {
    try {
      while (System.in.read() >= 0) {
        // nothing to be told
      }
    } catch (IOException e) {
      // an end as well
    }
    runs.interrupt();
  }
}
