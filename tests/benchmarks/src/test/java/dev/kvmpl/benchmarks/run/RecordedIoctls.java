// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.run;

import dev.kvmpl.bindings.Syscalls;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Takes down every ioctl(2) that Java makes, and lets all be. */
final class RecordedIoctls implements Syscalls.Faults {
  /** As the kernel's headers have it: a request says whether and how much it is given. */
  private static final int DIRECTION_SHIFT = 30;

  private static final int WRITE = 1;
  private static final int SIZE_SHIFT = 16;
  private static final int SIZE_MASK = 0x3fff;

  private final List<Ioctl> calls = new ArrayList<>();

  @Override
  public int before(String call, long request) {
    return 0;
  }

  @Override
  public int before(int fd, long request, long argument, MemorySegment held) {
    Ioctl call =
        new Ioctl(Thread.currentThread().threadId(), fd, request, given(request, argument, held));
    synchronized (calls) {
      calls.add(call);
    }
    return 0;
  }

  private static String given(long request, long argument, MemorySegment held) {
    long direction = request >> DIRECTION_SHIFT & 3;
    if (direction == 0) {
      return Long.toHexString(argument);
    }
    long size = (direction & WRITE) == 0 ? 0 : request >> SIZE_SHIFT & SIZE_MASK;
    return HexFormat.of().formatHex(held.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE));
  }

  List<Ioctl> calls() {
    synchronized (calls) {
      return List.copyOf(calls);
    }
  }
}
