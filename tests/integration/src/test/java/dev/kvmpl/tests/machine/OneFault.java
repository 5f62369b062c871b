// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import dev.kvmpl.bindings.Syscalls;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Lets one system call fail, once, and notes all that are made. */
final class OneFault implements Syscalls.Faults {
  private final int nth;
  private final Function<Call, Optional<Integer>> errno;
  private final List<Call> made = new ArrayList<>();
  private Optional<Failed> failed = Optional.empty();

  /**
   * @param nth which call, from 0 on; -1 for none
   * @param errno with which, empty to let that call be
   */
  OneFault(int nth, Function<Call, Optional<Integer>> errno) {
    this.nth = nth;
    this.errno = errno;
  }

  /**
   * A system call.
   *
   * @param request an ioctl's, else 0
   */
  record Call(String name, long request) {}

  /** The call that failed, and how. */
  record Failed(Call call, int errno) {}

  @Override
  public synchronized int before(String name, long request) {
    Call call = new Call(name, request);
    if (made.size() == nth) {
      failed = errno.apply(call).map(error -> new Failed(call, error));
    }
    made.add(call);
    return made.size() - 1 == nth ? failed.map(Failed::errno).orElse(0) : 0;
  }

  synchronized List<Call> made() {
    return List.copyOf(made);
  }

  synchronized Optional<Failed> failed() {
    return failed;
  }
}
