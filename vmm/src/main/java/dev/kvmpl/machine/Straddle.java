// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.kvm.Registers;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;

/**
 * Tells a whole store from the part of one that crosses a page's end, when the other part was in a
 * writable page: KVM has put that part into memory by the time of the exit, so the store can be
 * neither judged whole nor taken back. The exit looks the same; only the instruction tells, so it
 * is looked for in the bytes before RIP.
 *
 * <p>Not recognised: an instruction that changes the register which its own address is made of.
 */
final class Straddle {
  private static final int INSTRUCTION_MAX = 15;
  private static final int CODE_BYTES = 2 * INSTRUCTION_MAX + 1; // before RIP, and a REP there

  private final GuestMemory memory;
  private final Rmp rmp;
  private final byte[] code = new byte[CODE_BYTES];
  private final MemoryOperand operand = new MemoryOperand(code);

  Straddle(GuestMemory memory, Rmp rmp) {
    this.memory = memory;
    this.rmp = rmp;
  }

  /**
   * Whether the store that has just exited, and been finished, is longer than the exit told.
   *
   * @param level the vCPU's
   * @param gpa the first byte that the exit told of
   * @param length bytes from there
   */
  boolean isPart(Vcpu vcpu, Vmpl level, long gpa, int length) {
    if (gpa % PageRange.PAGE_SIZE != 0 && (gpa + length) % PageRange.PAGE_SIZE != 0) {
      return false;
    }
    Registers registers = vcpu.registers();
    long rip = registers.rip();
    fetch(vcpu, rip - INSTRUCTION_MAX);
    for (int start = 0; start < INSTRUCTION_MAX - 1; start++) {
      long address = operand.find(start, INSTRUCTION_MAX, registers, rip);
      if (address == MemoryOperand.NONE) {
        continue;
      }
      // The longest instruction that explains the exit is it: a shorter one lacks its prefixes.
      if (crosses(vcpu, level, address, operand.size(), gpa, length)) {
        return true;
      } else if (operand.size() == length && vcpu.translate(address) == gpa) {
        return false;
      }
    }
    int element = elementBytes();
    return (isPush(code[INSTRUCTION_MAX - 1] & 0xff)
            && crosses(vcpu, level, registers.rsp(), Long.BYTES, gpa, length))
        || crosses(vcpu, level, registers.rdi() - element, element, gpa, length);
  }

  /**
   * Whether an operand of {@code size} bytes crosses a page's end, the exit told of a part, and the
   * other part is in a page that the level may write: else it were an exit too.
   */
  private boolean crosses(Vcpu vcpu, Vmpl level, long address, int size, long gpa, int length) {
    long pageEnd = (address | (PageRange.PAGE_SIZE - 1)) + 1;
    if (size <= length || pageEnd - address >= size) {
      return false;
    }
    long first = vcpu.translate(address);
    long second = vcpu.translate(pageEnd);
    return (second == gpa && rmp.allows(first, 1, level, PagePermissions.WRITE))
        || (first == gpa && rmp.allows(second, 1, level, PagePermissions.WRITE));
  }

  /** The bytes around RIP, zero where nothing is mapped. */
  private void fetch(Vcpu vcpu, long from) {
    for (int i = 0; i < CODE_BYTES; ) {
      long address = from + i;
      int inPage =
          (int)
              Math.min(CODE_BYTES - i, PageRange.PAGE_SIZE - (address & (PageRange.PAGE_SIZE - 1)));
      long at = vcpu.translate(address);
      boolean there = at != Vcpu.UNMAPPED && memory.contains(at, inPage);
      for (int j = 0; j < inPage; j++) {
        code[i + j] = there ? memory.getByte(at + j) : 0;
      }
      i += inPage;
    }
  }

  private static boolean isPush(int opcode) {
    return (opcode >= 0x50 && opcode <= 0x57) || opcode == 0x9c;
  }

  /**
   * Bytes of an element of the movs or stos just before RIP, or with REP at it; 0 if there is none.
   * With the direction flag set RDI has gone the other way, which is not recognised.
   */
  private int elementBytes() {
    int last = INSTRUCTION_MAX - 1;
    if (isWideString(code[last])) {
      return elementBytes(code[last - 1]);
    }
    int repeat = INSTRUCTION_MAX;
    if (code[repeat] != (byte) 0xf3 && code[repeat] != (byte) 0xf2) {
      return 0;
    }
    if (isWideString(code[repeat + 1])) {
      return Integer.BYTES;
    }
    return isWideString(code[repeat + 2]) ? elementBytes(code[repeat + 1]) : 0;
  }

  private static int elementBytes(byte prefix) {
    return (prefix & 0xf8) == 0x48 ? Long.BYTES : prefix == 0x66 ? Short.BYTES : Integer.BYTES;
  }

  private static boolean isWideString(byte opcode) {
    return opcode == (byte) 0xa5 || opcode == (byte) 0xab;
  }
}
