// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.guest;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** What threads have allocated on the Java heap. */
public final class Allocation {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Allocation() {}

  /** Bytes that all threads have allocated since the JVM began, those that have ended too. */
  public static long ofAllThreads() {
    return THREADS.getTotalThreadAllocatedBytes();
  }

  /** Bytes since the thread began. Does not allocate. */
  public static long bytes() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }
}
