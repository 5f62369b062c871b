// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.exits;

import dev.kvmpl.decode.PageWalk;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.processors.GuestCpu;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;

/**
 * Where the operand of an instruction on the permissions database leads. KVM knows, but is asked by
 * a system call, so the tables are walked here where there can be no two opinions: they are in
 * memory that the level may read, and the walk is plain. In all other cases it is KVM that says.
 */
final class OperandAddress {
  /** The first and the last canonical address of each half have these bits all equal. */
  private static final int CANONICAL_BITS = 47;

  private final Rmp rmp;
  private final PageWalk walk;

  OperandAddress(GuestMemory memory, Rmp rmp) {
    this.rmp = rmp;
    this.walk = new PageWalk(memory);
  }

  /**
   * The operand's guest-physical address. Where nothing is mapped a CPU would raise #PF; here the
   * result, {@link GuestCpu#UNMAPPED}, is no page's address, and so the answer FAIL_INPUT.
   */
  long translate(LevelVcpu vcpu, long address) {
    long high = address >> CANONICAL_BITS;
    if (high != 0 && high != -1) {
      return GuestCpu.UNMAPPED;
    }
    long walked = walk(vcpu, address);
    if (walked != GuestCpu.UNMAPPED) {
      return walked;
    }
    long offset = address & (PageRange.PAGE_SIZE - 1);
    long page = vcpu.cpu().translate(address - offset);
    return page == GuestCpu.UNMAPPED ? page : page + offset;
  }

  private long walk(LevelVcpu vcpu, long address) {
    long tables = vcpu.cpu().fourLevelTables();
    if (tables == GuestCpu.UNMAPPED) {
      return GuestCpu.UNMAPPED;
    }
    walk.from(tables);
    long gpa = walk.to(address);
    return walk.isPlain() && areReadable(vcpu) ? gpa : GuestCpu.UNMAPPED;
  }

  private boolean areReadable(LevelVcpu vcpu) {
    for (int i = 0; i < walk.entries(); i++) {
      if (!rmp.allows(walk.entry(i), Long.BYTES, vcpu.level(), PagePermissions.READ)) {
        return false;
      }
    }
    return true;
  }
}
