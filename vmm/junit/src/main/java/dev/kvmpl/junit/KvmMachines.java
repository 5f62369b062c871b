// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.junit;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.fd.Closing;
import dev.kvmpl.scenario.Expectation;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.ScenarioReader;
import dev.kvmpl.spec.MachineSpec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;

/** Makes the machines of a test, and closes them when it ends. For the test's thread. */
public final class KvmMachines implements AutoCloseable {
  private final Kvm kvm = Kvm.open();
  private final Deque<AutoCloseable> open = new ArrayDeque<>(List.of(kvm));
  private final List<KvmRun> runs = new ArrayList<>();

  KvmMachines() {}

  /** The device. */
  public Kvm kvm() {
    return kvm;
  }

  /** A machine that nobody expects anything of but that it completes. */
  public KvmMachine of(MachineSpec machine) {
    return of(new Scenario("machine", machine, new TreeMap<>(), List.of(), Expectation.COMPLETES));
  }

  /** A scenario's machine. */
  public KvmMachine of(Scenario scenario) {
    KvmMachine machine = new KvmMachine(kvm, scenario, runs);
    open.push(machine);
    return machine;
  }

  /**
   * A machine of a scenario's text; payloads in it are built-in ones or absolute paths.
   *
   * @throws ScenarioException if it is wrong
   */
  public KvmMachine of(String scenario) throws ScenarioException {
    return of(ScenarioReader.parse("scenario", scenario));
  }

  /** What has been run so far. */
  List<KvmRun> runs() {
    return Collections.unmodifiableList(runs);
  }

  @Override
  public void close() {
    Closing.all(List.copyOf(open));
  }
}
