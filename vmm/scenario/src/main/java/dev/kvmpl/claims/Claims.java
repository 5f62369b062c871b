// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.claims;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.ScenarioReader;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.Policy;
import dev.kvmpl.trace.Step;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** Runs what the claims need, each machine once, and looks for their evidence in the traces. */
public final class Claims {
  private final Kvm kvm;
  private final UnaryOperator<MachineSpec> change;
  private final Consumer<String> begins;
  private final Map<String, ScenarioRun> runs = new HashMap<>();

  /**
   * @param change what is different about the machines, such as a validator of one's own
   */
  public Claims(Kvm kvm, UnaryOperator<MachineSpec> change) {
    this(kvm, change, _ -> {});
  }

  /**
   * @param change as above
   * @param begins is told of each machine by its name, before it runs
   */
  public Claims(Kvm kvm, UnaryOperator<MachineSpec> change, Consumer<String> begins) {
    this.kvm = kvm;
    this.change = change;
    this.begins = begins;
  }

  /**
   * A row for each claim, in their order, then one for each piece of prior art.
   *
   * @throws InterruptedException if the calling thread is interrupted; no machine runs then
   */
  public List<ClaimRow> rows() throws InterruptedException {
    return rows(UnaryOperator.identity());
  }

  /**
   * The rows as they were if of each run only that were known which {@code known} makes of it.
   *
   * @throws InterruptedException as {@link #rows()}
   */
  public List<ClaimRow> rows(UnaryOperator<RunResult> known) throws InterruptedException {
    List<ClaimRow> rows = new ArrayList<>();
    for (Claim claim : Claim.all()) {
      rows.add(row(claim, known));
    }
    for (PriorArt art : PriorArt.values()) {
      rows.add(row(art, known));
    }
    return rows;
  }

  private ClaimRow row(Claim claim, UnaryOperator<RunResult> known) throws InterruptedException {
    Map<String, List<String>> names = new LinkedHashMap<>();
    Set<Step> seen = EnumSet.noneOf(Step.class);
    List<String> missing = new ArrayList<>();
    for (Claim.Show show : claim.shows()) {
      String name = show.scenario() + "/" + show.detection().label();
      names
          .computeIfAbsent(show.scenario(), scenario -> new ArrayList<>())
          .add(show.detection().label());
      ScenarioRun run = run(show.scenario(), show.detection());
      Set<String> lines = new LinkedHashSet<>(run.unmet());
      for (Part part : claim.parts()) {
        Evidence evidence = new Evidence(Shown.of(known.apply(run.result())));
        show.accesses().forEach(access -> part.check(evidence, access));
        lines.addAll(evidence.missing());
        if (part == claim.own()) {
          seen.addAll(evidence.seen());
        }
      }
      lines.forEach(line -> missing.add(name + ": " + line));
    }
    return new ClaimRow(
        Integer.toString(claim.number()),
        claim.title(),
        names.entrySet().stream()
            .map(e -> e.getKey() + " (" + String.join(", ", e.getValue()) + ")")
            .toList(),
        List.copyOf(seen),
        missing);
  }

  private ClaimRow row(PriorArt art, UnaryOperator<RunResult> known) throws InterruptedException {
    ScenarioRun run = run(art.scenario(), Detection.TRAP);
    Evidence evidence = new Evidence(Shown.of(known.apply(run.result())));
    art.check(evidence);
    Set<String> missing = new LinkedHashSet<>(run.unmet());
    missing.addAll(evidence.missing());
    return new ClaimRow(
        art.label(),
        art.title(),
        List.of(String.format(Locale.ROOT, "%s (%s)", art.scenario(), Detection.TRAP.label())),
        List.copyOf(evidence.seen()),
        List.copyOf(missing));
  }

  private ScenarioRun run(String name, Detection detection) throws InterruptedException {
    String key = name + "/" + detection.label();
    ScenarioRun run = runs.get(key);
    if (run == null) {
      begins.accept(key);
      try {
        Scenario scenario = ScenarioReader.parse(name + ".yaml", text(name));
        MachineSpec machine = change.apply(scenario.machine().but().detection(detection).build());
        if (machine.policy() != Policy.ENFORCE) {
          throw new IllegalArgumentException(
              "claims are about what is enforced, not policy " + machine.policy().label());
        }
        run = ScenarioRun.of(kvm, scenario.withMachine(machine));
      } catch (ScenarioException e) {
        throw new IllegalStateException(e);
      }
      runs.put(key, run);
    }
    return run;
  }

  private static String text(String scenario) {
    try (InputStream in = Claims.class.getResourceAsStream(scenario + ".yaml")) {
      if (in == null) {
        throw new IllegalStateException(scenario + ".yaml is missing from this build");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
