// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.command;

import dev.kvmpl.benchmarks.result.Results;
import java.io.IOException;
import org.openjdk.jmh.runner.RunnerException;

/** A run of benchmarks, which takes minutes and may be ended early. */
interface Measuring {
  /**
   * Runs all of them.
   *
   * @throws RunnerException if one failed; its message has what JMH said
   * @throws EmulatedBench.FailedException if the host did, which has said why
   */
  void run() throws IOException, InterruptedException, RunnerException;

  /** What has been measured until now. May be called from any thread. */
  Results results();
}
