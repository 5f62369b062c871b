// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.exits;

import dev.kvmpl.attempts.Attempts;
import dev.kvmpl.attempts.CaughtAccess;
import dev.kvmpl.attempts.PendingAccess;
import dev.kvmpl.decode.PageWalk;
import dev.kvmpl.drivers.VcpuRequests;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.processors.GuestCpu;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.stores.PendingInstruction.Obstacle;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Locale;

/**
 * Exits at which a vCPU is still at its instruction: KVM could not get at memory (EFAULT), or could
 * not emulate what it had to. KVM says neither which memory nor why, so the instruction tells.
 */
final class UnfinishedInstructions {
  private static final int VECTOR_UD = 6;
  private static final int INSTRUCTION_MAX = 15;

  private final GuestMemory memory;
  private final Permissions permissions;
  private final VcpuRequests requests;
  private final Attempts attempts;
  private final Reflection reflection;
  private final RmpInstructions instructions;
  private final MachineEnd end;

  UnfinishedInstructions(
      GuestMemory memory,
      Permissions permissions,
      VcpuRequests requests,
      Attempts attempts,
      Reflection reflection,
      RmpInstructions instructions,
      MachineEnd end) {
    this.memory = memory;
    this.permissions = permissions;
    this.requests = requests;
    this.attempts = attempts;
    this.reflection = reflection;
    this.instructions = instructions;
    this.end = end;
  }

  /** KVM could not get at the memory behind a slot. */
  Next memoryFault(LevelVcpu vcpu, VcpuExit.MemoryFault fault) {
    if (permissions.catchUp(vcpu.level())) {
      return Next.RESUME;
    }
    PendingAccess pending = attempts.pending(vcpu);
    Obstacle obstacle = pending.look(vcpu, false);
    if (vcpu.level() == Vmpl.VMPL0) {
      return end.unexpected(vcpu, fault, obstacle == Obstacle.PART ? detail(pending) : "");
    }
    long frame = pending.instruction().closedFrame(vcpu);
    if (frame != PageWalk.UNMAPPED) { // an event is on its way to a handler
      attempts.delivery(vcpu, Access.WRITE, frame);
      return Next.TAKE_TURNS;
    }
    return switch (obstacle) {
      case PART -> {
        reflection.pending(vcpu, pending);
        yield Next.TAKE_TURNS;
      }
      case FETCH -> fetch(vcpu, pending.instruction().gpa(0));
      case TABLES -> tables(vcpu, fault, pending);
      case NONE -> inexplicable(vcpu, fault, " (all that its instruction accesses is open to it)");
      case UNKNOWN ->
          inexplicable(
              vcpu, fault, " (its instruction is none of which kvmpl knows what it accesses)");
    };
  }

  private Next fetch(LevelVcpu vcpu, long gpa) {
    CaughtAccess attempt = attempts.access(vcpu);
    attempt.fetch(vcpu, gpa);
    attempt.ask();
    return Next.TAKE_TURNS;
  }

  private Next tables(LevelVcpu vcpu, VcpuExit exit, PendingAccess pending) {
    return end.unexpected(
        vcpu,
        exit,
        String.format(
            Locale.ROOT,
            " (its page tables are in memory that it may not write: entry at gpa %#x)",
            pending.instruction().table()));
  }

  private static String detail(PendingAccess pending) {
    return String.format(
        Locale.ROOT,
        " (%s of %d bytes at gpa %#x)",
        pending.access().label(),
        pending.length(),
        pending.gpa());
  }

  /** Unless it can be that the memory has been opened since, or was closed only meanwhile. */
  private Next inexplicable(LevelVcpu vcpu, VcpuExit exit, String why) {
    return hasChangedMeanwhile(vcpu) ? Next.RESUME : end.unexpected(vcpu, exit, why);
  }

  /** Whether any permissions have, since the vCPU was in the guest. */
  private boolean hasChangedMeanwhile(LevelVcpu vcpu) {
    return permissions.changes().now() != vcpu.computedSince();
  }

  /** A triple fault, as of a guest whose page tables KVM cannot use. */
  Next shutdown(LevelVcpu vcpu, VcpuExit.Shutdown shutdown) {
    PendingAccess pending = attempts.pending(vcpu);
    return vcpu.level() != Vmpl.VMPL0 && pending.look(vcpu, true) == Obstacle.TABLES
        ? tables(vcpu, shutdown, pending)
        : end.unexpected(vcpu, shutdown, " (triple fault)");
  }

  /** KVM could not emulate something. */
  Next internalError(LevelVcpu vcpu, VcpuExit.KvmInternalError error) {
    if (!error.isEventDelivery() && !requests.hosts(vcpu) && instructions.served(vcpu, error)) {
      return Next.RESUME;
    }
    if (permissions.catchUp(vcpu.level())) { // that may be all that was missing
      return Next.RESUME;
    }
    if (error.isEventDelivery()) {
      return eventDelivery(vcpu, error);
    }
    long fetched = vcpu.level() == Vmpl.VMPL0 ? GuestCpu.UNMAPPED : absentFetch(vcpu);
    if (fetched != GuestCpu.UNMAPPED) {
      return fetch(vcpu, fetched);
    }
    if (error.isEmulation() && vcpu.level() != Vmpl.VMPL0) {
      PendingAccess pending = attempts.pending(vcpu);
      Obstacle obstacle = pending.look(vcpu, true);
      if (obstacle == Obstacle.PART) {
        reflection.pending(vcpu, pending);
        return Next.TAKE_TURNS;
      }
      if (obstacle == Obstacle.NONE && hasChangedMeanwhile(vcpu)) {
        return Next.RESUME;
      }
    }
    if (requests.hosts(vcpu) && error.isEmulation()) { // the guest kernel's to deal with
      vcpu.cpu().injectException(VECTOR_UD);
      return Next.RESUME;
    }
    return end.unexpected(vcpu, error, String.format(Locale.ROOT, " (%s)", error));
  }

  /** An access that the level's permissions do not allow, in the midst of an event's delivery. */
  private Next eventDelivery(LevelVcpu vcpu, VcpuExit.KvmInternalError error) {
    if (vcpu.level() == Vmpl.VMPL0 || !memory.contains(error.gpa(), 1)) {
      return end.unexpected(vcpu, error, String.format(Locale.ROOT, " (%s)", error));
    }
    attempts.delivery(vcpu, error.isWrite() ? Access.WRITE : Access.READ, error.gpa());
    return Next.TAKE_TURNS;
  }

  /**
   * The address of the instruction byte that the level may not fetch, if that is why KVM gave up:
   * it says no more than that it could not emulate what is at RIP.
   */
  private long absentFetch(LevelVcpu vcpu) {
    long rip = vcpu.cpu().registers().rip();
    long nextPage = (rip | (PageRange.PAGE_SIZE - 1)) + 1;
    long first = absent(vcpu, rip);
    return first != GuestCpu.UNMAPPED || nextPage - rip >= INSTRUCTION_MAX
        ? first
        : absent(vcpu, nextPage);
  }

  private long absent(LevelVcpu vcpu, long address) {
    long gpa = vcpu.cpu().translate(address);
    return gpa != GuestCpu.UNMAPPED
            && !permissions.allows(gpa, 1, vcpu.level(), PagePermissions.READ)
        ? gpa
        : GuestCpu.UNMAPPED;
  }
}
