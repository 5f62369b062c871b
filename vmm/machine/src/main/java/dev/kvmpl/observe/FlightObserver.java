// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.observe;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.PagePermissions;
import jdk.jfr.FlightRecorder;

/**
 * Tells the JDK's flight recorder: events {@code dev.kvmpl.Exit}, {@code dev.kvmpl.HandOver},
 * {@code dev.kvmpl.Verdict} and {@code dev.kvmpl.Grant}. While nobody records them, none is made;
 * what is left is a look at each whether it is enabled.
 */
public final class FlightObserver implements Observer {
  // One of each, to be asked whether it is recorded. None is static: the class of an event takes
  // milliseconds to make, also
  // where nobody records and isWanted is all that is asked.
  private final FlightEvents.Exit exits = new FlightEvents.Exit();
  private final FlightEvents.HandOver handOvers = new FlightEvents.HandOver();
  private final FlightEvents.Verdict verdicts = new FlightEvents.Verdict();
  private final FlightEvents.Grant grants = new FlightEvents.Grant();

  private final boolean wantsOperations = verdicts.isEnabled();

  /** Verdicts are recorded if their recording has begun by now. */
  public FlightObserver() {}

  /** Whether there is a flight recorder: if not, there is nobody to tell. */
  public static boolean isWanted() {
    return FlightRecorder.isInitialized();
  }

  @Override
  public Reply exit(WatchedVcpu vcpu, int driver, VcpuExit exit) {
    if (exits.isEnabled()) {
      FlightEvents.Exit event = new FlightEvents.Exit();
      event.vcpu = vcpu.name();
      event.driver = driver;
      event.reason = exit.name();
      event.commit();
    }
    return Reply.GO_ON;
  }

  @Override
  public Reply step(
      Step step, WatchedVcpu vcpu, int driver, Access access, long gpa, long length, long data) {
    if (step == Step.GRANT && grants.isEnabled()) {
      FlightEvents.Grant event = new FlightEvents.Grant();
      event.driver = driver;
      event.address = gpa;
      event.length = length;
      event.permissions = PagePermissions.toString((int) data);
      event.commit();
    }
    return Reply.GO_ON;
  }

  @Override
  public boolean wantsOperations() {
    return wantsOperations;
  }

  @Override
  public Reply judged(WatchedVcpu vcpu, Operation operation, boolean exact) {
    if (verdicts.isEnabled()) {
      FlightEvents.Verdict event = new FlightEvents.Verdict();
      event.vcpu = vcpu.name();
      event.driver = operation.driver();
      event.access = operation.access().label();
      event.address = operation.gpa();
      event.length = operation.length();
      event.verdict = operation.verdict().label();
      event.commit();
    }
    return Reply.GO_ON;
  }

  @Override
  public void handedOver(int processor, int level) {
    if (handOvers.isEnabled()) {
      FlightEvents.HandOver event = new FlightEvents.HandOver();
      event.processor = processor;
      event.level = level;
      event.commit();
    }
  }
}
