// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.observe;

import java.util.ArrayList;
import java.util.List;

/** Keeps the attempts of a run, those of one instruction as one. Belongs to the machine's lock. */
public final class AttemptRecorder implements AttemptObserver {
  /** The most that are kept; of those that come later only the number is. */
  public static final int KEPT_MAX = 100_000;

  private final List<Attempt> attempts = new ArrayList<>();
  private long lost;

  /** Nothing has been tried yet. */
  public AttemptRecorder() {}

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
  public List<Attempt> attempts() {
    return List.copyOf(attempts);
  }

  /** How many more there were. */
  public long lost() {
    return lost;
  }
}
