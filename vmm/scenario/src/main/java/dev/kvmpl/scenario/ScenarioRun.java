// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.machine.Machine;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.LoadedImage;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.spec.PayloadsTooLargeException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A scenario that was run.
 *
 * @param images the payloads in the machine's memory
 * @param watched the bytes of each of the scenario's watches, in their order, after the end
 * @param unmet what was expected and did not happen
 */
public record ScenarioRun(
    Scenario scenario,
    RunResult result,
    List<LoadedImage> images,
    List<byte[]> watched,
    List<String> unmet) {
  public ScenarioRun {
    images = List.copyOf(images);
    watched = List.copyOf(watched);
    unmet = List.copyOf(unmet);
  }

  /**
   * Runs the scenario's machine once.
   *
   * @param observers are told what happens
   * @throws ScenarioException if its payloads do not fit
   * @throws InterruptedException if the calling thread is interrupted; the machine has ended then
   */
  public static ScenarioRun of(Kvm kvm, Scenario scenario, Observer... observers)
      throws ScenarioException, InterruptedException {
    return of(kvm, scenario, _ -> {}, observers);
  }

  /**
   * The same.
   *
   * @param atEnd is told of the run while its machine is still there
   */
  public static ScenarioRun of(
      Kvm kvm, Scenario scenario, Consumer<ScenarioRun> atEnd, Observer... observers)
      throws ScenarioException, InterruptedException {
    try (Machine machine = new Machine(kvm, scenario.machine())) {
      ScenarioRun run = on(machine, scenario, observers);
      atEnd.accept(run);
      return run;
    } catch (PayloadsTooLargeException e) {
      throw ScenarioException.at(scenario.name(), 1, String.valueOf(e.getMessage()));
    }
  }

  /**
   * Runs a machine that was made of the scenario, and leaves it open.
   *
   * @throws InterruptedException as above
   */
  public static ScenarioRun on(Machine machine, Scenario scenario, Observer... observers)
      throws InterruptedException {
    RunResult result = machine.run(observers);
    List<byte[]> watched = new ArrayList<>();
    for (Scenario.Watch watch : scenario.watch()) {
      watched.add(machine.memory().read(watch.gpa(), watch.length()));
    }
    return new ScenarioRun(
        scenario,
        result,
        machine.images(),
        watched,
        scenario.expectation().unmet(scenario, result, machine.memory()));
  }
}
