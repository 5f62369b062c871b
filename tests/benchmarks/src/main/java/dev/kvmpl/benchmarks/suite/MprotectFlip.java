// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.LongGuest;
import dev.kvmpl.memory.PageRange;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.TearDown;

/** One change of a page's permissions by enforcement {@code mapping}: one mprotect(2). */
public class MprotectFlip extends Sampled {
  private final LongGuest guest = LongGuest.mapped("f4");
  private boolean writable;

  @Benchmark
  public void change() {
    writable = !writable;
    guest.mapping().protect(LongGuest.PAGE, PageRange.PAGE_SIZE, true, writable);
  }

  @Override
  void operate() {
    change();
  }

  @TearDown
  public void close() {
    guest.close();
  }
}
