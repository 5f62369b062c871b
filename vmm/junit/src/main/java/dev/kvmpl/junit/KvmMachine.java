// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.junit;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.machine.Machine;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.spec.PayloadsTooLargeException;
import dev.kvmpl.timeline.Timeline;
import java.util.Arrays;
import java.util.List;

/** A machine of a test's. Runs once. */
public final class KvmMachine implements AutoCloseable {
  private final Scenario scenario;
  private final Machine machine;
  private final List<KvmRun> runs;

  KvmMachine(Kvm kvm, Scenario scenario, List<KvmRun> runs) {
    this.scenario = scenario;
    this.runs = runs;
    try {
      this.machine = new Machine(kvm, scenario.machine());
    } catch (PayloadsTooLargeException e) {
      throw new IllegalArgumentException(scenario.name() + ": " + e.getMessage(), e);
    }
  }

  /** Its memory, before and after it runs. */
  public GuestMemory memory() {
    return machine.memory();
  }

  /**
   * Runs it to its end.
   *
   * @param observers are told what happens
   * @throws IllegalStateException when called again
   */
  public KvmRun run(Observer... observers) {
    Timeline timeline = new Timeline();
    Observer[] all = Arrays.copyOf(observers, observers.length + 1);
    all[observers.length] = timeline;
    try {
      ScenarioRun run = ScenarioRun.on(machine, scenario, all);
      KvmRun made = new KvmRun("run-" + (runs.size() + 1), run, timeline, machine.memory());
      runs.add(made);
      return made;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a machine was running", e);
    }
  }

  @Override
  public void close() {
    machine.close();
  }
}
