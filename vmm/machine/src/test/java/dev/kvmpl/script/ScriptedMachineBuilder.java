// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.script;

import dev.kvmpl.observe.Observer;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.GrantKind;
import org.jspecify.annotations.Nullable;

/** What can be different from one {@link ScriptedMachine} to the next. */
public final class ScriptedMachineBuilder {
  int processors = 1;
  Detection detection = Detection.TRAP;
  boolean registers;
  boolean tables;
  boolean emulated;
  boolean vmpl1Everywhere;
  GrantKind grant = GrantKind.PAGE;
  @Nullable Observer observer;

  public ScriptedMachineBuilder processors(int count) {
    processors = count;
    return this;
  }

  public ScriptedMachineBuilder detection(Detection how) {
    detection = how;
    return this;
  }

  /** Ports and MSRs are asked for. */
  public ScriptedMachineBuilder asksForRegisters() {
    registers = true;
    return this;
  }

  /** VMPL0 has to see the page tables of whoever asks. */
  public ScriptedMachineBuilder reportsTables() {
    tables = true;
    return this;
  }

  /** KVM executes CPL 0 by its emulator. */
  public ScriptedMachineBuilder emulated() {
    emulated = true;
    return this;
  }

  /** VMPL1 has vCPUs on all processors. */
  public ScriptedMachineBuilder vmpl1Everywhere() {
    vmpl1Everywhere = true;
    return this;
  }

  /** When what VMPL0 grants is open. */
  public ScriptedMachineBuilder grant(GrantKind when) {
    grant = when;
    return this;
  }

  public ScriptedMachineBuilder observer(Observer watching) {
    observer = watching;
    return this;
  }

  public ScriptedMachine build() {
    return new ScriptedMachine(this);
  }
}
