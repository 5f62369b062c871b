// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

import dev.kvmpl.kvm.cpu.MsrRange;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;

/**
 * One level of a machine: what enforces its permissions, and the gate that its vCPUs pass on their
 * way into the guest.
 */
public final class Level {
  private final Vmpl vmpl;
  private final Enforcement enforcement;
  private final Msrs msrs;
  private final Gate gate = new Gate();

  /** Which MSRs KVM serves for a level. */
  @FunctionalInterface
  public interface Msrs {
    /** Makes every access to an MSR an exit, but for those that KVM shall serve; none if empty. */
    void exitOnMsrsBut(List<MsrRange> served);
  }

  /** A level; whoever made what it is given closes that. */
  public Level(Vmpl vmpl, Enforcement enforcement, Msrs msrs) {
    this.vmpl = vmpl;
    this.enforcement = enforcement;
    this.msrs = msrs;
  }

  public Vmpl vmpl() {
    return vmpl;
  }

  public Enforcement enforcement() {
    return enforcement;
  }

  public Gate gate() {
    return gate;
  }

  Msrs msrs() {
    return msrs;
  }

  /**
   * Makes the permissions bind after pages {@code [from, to)} changed in the database; the caller's
   * own vCPU is out of the guest. If the host refuses, the gate stays closed.
   *
   * @return whether a page may be open now that was not before
   */
  boolean follow(int from, int to) {
    if (!enforcement.needsQuiet(from, to)) {
      return enforcement.follow(from, to);
    }
    gate.close();
    boolean opened = enforcement.follow(from, to);
    gate.open();
    return opened;
  }

  /** Opens pages {@code [from, to)}, which the database has opened; else as {@link #follow}. */
  void catchUp(int from, int to) {
    gate.close();
    enforcement.catchUp(from, to);
    gate.open();
  }
}
