// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.vmpl.Plane;
import dev.kvmpl.vmpl.Vmpl;

/**
 * One level of a machine: its plane, and the gate that its vCPUs pass on their way into the guest.
 * A slot can only be changed by taking it away and putting it back, and a vCPU that runs meanwhile
 * would find memory missing that it may access.
 */
final class Level implements AutoCloseable {
  private final Plane plane;
  private final Gate gate = new Gate();

  Level(Plane plane) {
    this.plane = plane;
  }

  Vmpl vmpl() {
    return plane.level();
  }

  Plane plane() {
    return plane;
  }

  Gate gate() {
    return gate;
  }

  /**
   * Makes the slots follow the database; the caller's own vCPU is out of the guest. If KVM refuses,
   * the gate stays closed.
   */
  void follow(int from, int to) {
    gate.close();
    plane.follow(from, to);
    gate.open();
  }

  @Override
  public void close() {
    plane.close();
  }
}
