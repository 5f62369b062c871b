// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.claims;

import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.scenario.linux.LinuxRun;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Looks for the evidence of the claims in the run of an unmodified Linux, whose modules are the
 * drivers: the same parts, of writes. There are no codebases: what VMPL0 decides about a kernel
 * that is not its own by is a table.
 */
public final class LinuxClaims {
  private LinuxClaims() {}

  /** A row for each part of the claims that Linux shows, with the claims that are about it. */
  public static List<ClaimRow> rows(LinuxRun run) {
    List<ClaimRow> rows = new ArrayList<>();
    for (Part part : Part.values()) {
      if (part != Part.CODEBASE) {
        rows.add(row(part, run));
      }
    }
    return rows;
  }

  private static ClaimRow row(Part part, LinuxRun run) {
    Set<String> missing = new LinkedHashSet<>(run.unmet());
    if (run.result().outcome() != Outcome.COMPLETED) {
      missing.add("the guest's own end: " + run.result().message());
    }
    Evidence evidence = new Evidence(Shown.of(run.result()));
    part.check(evidence, Access.WRITE);
    missing.addAll(evidence.missing());
    if (part != Part.VALIDATION) { // which every other depends on
      Evidence first = new Evidence(Shown.of(run.result()));
      Part.VALIDATION.check(first, Access.WRITE);
      missing.addAll(first.missing());
    }
    return new ClaimRow(
        Claim.all().stream()
            .filter(claim -> claim.own() == part)
            .map(claim -> Integer.toString(claim.number()))
            .collect(Collectors.joining(", ")),
        part.title(),
        List.of(run.name() + " (" + run.scenario().detection().label() + ")"),
        List.copyOf(evidence.seen()),
        List.copyOf(missing));
  }
}
