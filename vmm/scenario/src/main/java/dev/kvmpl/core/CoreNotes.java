// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.core;

import dev.kvmpl.kvm.state.Registers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The notes of a core file: what threads there are, with their registers. Structures are those of
 * Linux on x86-64 ({@code elf_prstatus}, {@code elf_prpsinfo} in linux/elfcore.h; {@code
 * user_regs_struct} in asm/user_64.h).
 */
final class CoreNotes {
  private static final int NT_PRSTATUS = 1;
  private static final int NT_PRPSINFO = 3;
  private static final int NT_AUXV = 6;
  private static final long AT_NULL = 0;
  private static final long AT_ENTRY = 9;

  private static final int PRSTATUS_BYTES = 336;
  private static final int PRSTATUS_PID = 32;
  private static final int PRSTATUS_REGISTERS = 112;
  private static final int PRPSINFO_BYTES = 136;
  private static final int PRPSINFO_NAME = 40;
  private static final int PRPSINFO_ARGUMENTS = 56;
  private static final int AUXV_BYTES = 4 * Long.BYTES;
  private static final int NAME_MAX = 15;
  private static final int ARGUMENTS_MAX = 79;
  private static final byte[] OWNER = "CORE\0\0\0\0".getBytes(StandardCharsets.US_ASCII);
  private static final int OWNER_LENGTH = 5;

  /** The CPU's numbers of registers in the order of user_regs_struct, from r15 to rdi. */
  private static final int[] NUMBERS = {15, 14, 13, 12, 5, 3, 11, 10, 9, 8, 0, 1, 2, 6, 7};

  private static final int RSP = 4;
  private static final int CODE_SELECTOR = 8;

  private CoreNotes() {}

  /** One vCPU: a thread of that number. */
  record VcpuThread(int number, Registers registers) {}

  /**
   * All of them, the first thread's first.
   *
   * @param name of the program, as its file is called, and behind a blank anything
   * @param entry where the program that a debugger is given was entered, 0 if that is not known
   */
  static byte[] of(String name, long entry, List<VcpuThread> threads) {
    int most = 1024 + threads.size() * (PRSTATUS_BYTES + 64);
    ByteBuffer notes = ByteBuffer.allocate(most).order(ByteOrder.LITTLE_ENDIAN);
    boolean first = true;
    for (VcpuThread thread : threads) {
      note(notes, NT_PRSTATUS, status(thread));
      if (first) {
        note(notes, NT_PRPSINFO, program(name));
        if (entry != 0) {
          note(notes, NT_AUXV, auxiliary(entry));
        }
      }
      first = false;
    }
    byte[] bytes = new byte[notes.position()];
    notes.flip().get(bytes);
    return bytes;
  }

  private static byte[] auxiliary(long entry) {
    ByteBuffer vector = ByteBuffer.allocate(AUXV_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    vector.putLong(AT_ENTRY).putLong(entry).putLong(AT_NULL);
    return vector.array();
  }

  private static void note(ByteBuffer notes, int type, byte[] content) {
    notes.putInt(OWNER_LENGTH).putInt(content.length).putInt(type).put(OWNER).put(content);
  }

  private static byte[] status(VcpuThread thread) {
    ByteBuffer status = ByteBuffer.allocate(PRSTATUS_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    status.putInt(PRSTATUS_PID, thread.number());
    status.position(PRSTATUS_REGISTERS);
    Registers registers = thread.registers();
    for (int number : NUMBERS) {
      status.putLong(registers.byNumber(number));
    }
    status.putLong(-1); // orig_rax: not in a system call
    status.putLong(registers.rip());
    status.putLong(CODE_SELECTOR);
    status.putLong(registers.rflags());
    status.putLong(registers.byNumber(RSP));
    return status.array();
  }

  private static byte[] program(String name) {
    ByteBuffer program = ByteBuffer.allocate(PRPSINFO_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    text(program, PRPSINFO_NAME, name.split(" ", 2)[0], NAME_MAX);
    text(program, PRPSINFO_ARGUMENTS, name, ARGUMENTS_MAX);
    return program.array();
  }

  private static void text(ByteBuffer to, int at, String text, int most) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    to.put(at, bytes, 0, Math.min(bytes.length, most));
  }
}
