// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.junit;

import dev.kvmpl.junit.KvmMachine;
import dev.kvmpl.junit.KvmRun;
import dev.kvmpl.junit.KvmTest;

/** Tests that are run by {@link KvmTestTest}, and not by themselves. */
final class Samples {
  private Samples() {}

  static class Good {
    @KvmTest(scenario = "store.yaml")
    void run(KvmRun run) {
      run.asExpected();
    }
  }

  static class WrongVerdict {
    @KvmTest(scenario = "store.yaml")
    void run(KvmRun run) {
      run.verdict("a", 0x1000000, "restricted");
    }
  }

  static class NoScenario {
    @KvmTest
    void run(KvmRun run) {
      run.completed();
    }
  }

  static class MissingScenario {
    @KvmTest(scenario = "nowhere.yaml")
    void run(KvmRun run) {
      run.completed();
    }
  }

  static class RunsTwice {
    @KvmTest(scenario = "store.yaml")
    void run(KvmMachine machine) {
      machine.run();
      machine.run();
    }
  }
}
