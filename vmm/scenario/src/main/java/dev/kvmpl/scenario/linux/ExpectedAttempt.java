// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario.linux;

import dev.kvmpl.linux.observe.Attempt;
import dev.kvmpl.protocol.stores.StoreAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * An attempt that there has to be.
 *
 * @param who as the policy says it, such as {@code module disk}
 * @param what as the policy says it; empty for anything
 * @param answer what became of it; empty for anything
 */
public record ExpectedAttempt(String who, Optional<String> what, Optional<StoreAnswer> answer) {
  private boolean isMetBy(Attempt attempt) {
    return attempt.writer().label().equals(who)
        && what.map(attempt.what()::equals).orElse(true)
        && answer.map(a -> a == attempt.answer()).orElse(true);
  }

  /** Which of them there were not, each in a line. */
  public static List<String> unmet(List<ExpectedAttempt> expected, List<Attempt> attempts) {
    List<String> unmet = new ArrayList<>();
    int from = 0;
    for (ExpectedAttempt one : expected) {
      int at = from;
      while (at < attempts.size() && !one.isMetBy(attempts.get(at))) {
        at++;
      }
      if (at == attempts.size()) {
        unmet.add(String.format(Locale.ROOT, "no attempt by %s", one));
      } else {
        from = at + 1;
      }
    }
    return unmet;
  }

  @Override
  public String toString() {
    return who
        + what.map(value -> " on " + value).orElse("")
        + answer.map(value -> ": " + value.label()).orElse("");
  }
}
