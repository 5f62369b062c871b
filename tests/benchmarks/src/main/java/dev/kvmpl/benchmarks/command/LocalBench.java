// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.command;

import dev.kvmpl.benchmarks.result.Fingerprint;
import dev.kvmpl.benchmarks.result.Results;
import dev.kvmpl.benchmarks.run.Benchmark;
import dev.kvmpl.benchmarks.run.Suite;
import dev.kvmpl.kvm.Kvm;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.runner.RunnerException;

/** Benchmarks on this machine's KVM. */
final class LocalBench implements Measuring {
  private final Suite suite;
  private final List<Benchmark.Variant> variants;
  private final Runnable each;
  private final Map<String, String> host;

  /**
   * Nothing has run.
   *
   * @param each runs after each of them
   * @throws dev.kvmpl.kvm.host.UnusableHostException if there is no KVM, or one that lacks
   *     something
   */
  LocalBench(Suite suite, List<Benchmark.Variant> variants, Runnable each) {
    Kvm.open().close();
    this.suite = suite;
    this.variants = variants;
    this.each = each;
    this.host = Fingerprint.take();
  }

  @Override
  public void run() throws IOException, InterruptedException, RunnerException {
    suite.run(variants, each);
  }

  @Override
  public Results results() {
    return Results.of(suite.measured(), suite.notHere(), host);
  }
}
