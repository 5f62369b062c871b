// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux;

import java.util.ArrayList;
import java.util.List;

/** Keeps the attempts of a run, those of one instruction as one. Belongs to the machine's lock. */
final class AttemptRecorder implements AttemptObserver {
  /** The most that are kept; of those that come later only the number is. */
  static final int KEPT_MAX = 100_000;

  private final List<Attempt> attempts = new ArrayList<>();
  private long lost;

  @Override
  public void judged(Attempt attempt) {
    if (!attempts.isEmpty() && attempts.getLast().goesOnWith(attempt)) {
      attempts.set(attempts.size() - 1, attempts.getLast().with(attempt));
    } else if (attempts.size() < KEPT_MAX) {
      attempts.add(attempt);
    } else {
      lost++;
    }
  }

  /** In the order of the verdicts. */
  List<Attempt> attempts() {
    return List.copyOf(attempts);
  }

  /** How many more there were. */
  long lost() {
    return lost;
  }
}
