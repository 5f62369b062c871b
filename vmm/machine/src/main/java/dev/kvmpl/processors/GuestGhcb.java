// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import org.jspecify.annotations.Nullable;

/**
 * What whoever runs on a vCPU has arranged with the hypervisor: its GHCB page, the answer in its
 * GHCB MSR, the interrupts that it has asked for. Under SNP these belong to the VMSA that runs; so
 * here a driver has its own, which ends with it.
 */
public final class GuestGhcb {
  /** What the guest reads from the GHCB MSR. */
  private long msrAnswer;

  /** Interrupts that the guest cannot take yet. */
  private final PendingInterrupts pending = new PendingInterrupts();

  private @Nullable GhcbPage page;
  private long gpa;

  /** What the guest reads from the GHCB MSR. */
  public long msrAnswer() {
    return msrAnswer;
  }

  /** What the guest is going to read from the GHCB MSR. */
  public void msrAnswer(long answer) {
    msrAnswer = answer;
  }

  /** Interrupts that the guest cannot take yet. */
  public PendingInterrupts pending() {
    return pending;
  }

  /** What a driver finds that runs in this one's place: the page and the MSR, no interrupt. */
  public GuestGhcb lent() {
    GuestGhcb lent = new GuestGhcb();
    lent.msrAnswer = msrAnswer;
    lent.page = page;
    lent.gpa = gpa;
    return lent;
  }

  /** The guest has registered a page. */
  public void register(GhcbPage registered, long at) {
    page = registered;
    gpa = at;
  }

  /** Whether that is the registered page. */
  public boolean isAt(long at) {
    return page != null && gpa == at;
  }

  /**
   * The registered page, if the level may still write it: the hypervisor writes there on its
   * behalf, and must not be talked into writing where the level may not.
   */
  public @Nullable GhcbPage usable(Rmp rmp, Vmpl level) {
    return page != null && isUsable(rmp, level, gpa) ? page : null;
  }

  /** Whether a level may have its GHCB page there. */
  public static boolean isUsable(Rmp rmp, Vmpl level, long gpa) {
    return rmp.allows(
        gpa, PageRange.PAGE_SIZE, level, PagePermissions.READ | PagePermissions.WRITE);
  }
}
