// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.claims;

import dev.kvmpl.trace.Step;
import java.util.List;

/**
 * What came of one claim.
 *
 * @param name the claim's number, or the prior art's name
 * @param title what it is about
 * @param runs the scenarios that were run for it, each with its detection
 * @param steps the steps that are evidence for what it adds to the claim that it depends on, in
 *     their published order
 * @param missing what is not in the traces; empty for a pass
 */
public record ClaimRow(
    String name, String title, List<String> runs, List<Step> steps, List<String> missing) {
  public ClaimRow {
    runs = List.copyOf(runs);
    steps = List.copyOf(steps);
    missing = List.copyOf(missing);
  }

  public boolean passed() {
    return missing.isEmpty();
  }
}
