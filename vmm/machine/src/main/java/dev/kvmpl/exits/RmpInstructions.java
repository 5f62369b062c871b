// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.exits;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.drivers.Drivers;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Observers;
import dev.kvmpl.processors.GuestCpu;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import org.jspecify.annotations.Nullable;

/**
 * Executes the instructions on the permissions database for a vCPU, and lets the slots follow. They
 * come here in one of two ways: KVM reports the opcode as one that it cannot emulate, and the VMM
 * changes the registers; or the CPU raises #UD, and the guest's handler forwards the operands by an
 * {@code in} from a port and changes the registers as the answer says.
 */
final class RmpInstructions {
  private static final Vmpl[] LEVELS = Vmpl.values();
  private static final Instruction[] INSTRUCTIONS = Instruction.values();

  private static final long RFLAGS_CF = 1;
  private static final long RFLAGS_PF = 1 << 2;
  private static final long RFLAGS_ZF = 1 << 6;
  private static final long RFLAGS_ARITHMETIC = 0x8d5; // these, AF, SF and OF

  @SuppressWarnings("ImmutableEnumChecker") // nobody changes the opcode
  private enum Instruction {
    RMPADJUST(Abi.KVMPL_PORT_RMPADJUST(), 0xf3, 0x0f, 0x01, 0xfe),
    RMPQUERY(Abi.KVMPL_PORT_RMPQUERY(), 0xf3, 0x0f, 0x01, 0xfd),
    PVALIDATE(Abi.KVMPL_PORT_PVALIDATE(), 0xf2, 0x0f, 0x01, 0xff);

    private final int port;
    private final byte[] opcode;

    Instruction(int port, int... opcode) {
      this.port = port;
      this.opcode = new byte[opcode.length];
      for (int i = 0; i < opcode.length; i++) {
        this.opcode[i] = (byte) opcode[i];
      }
    }
  }

  private final GuestMemory memory;
  private final Permissions database;
  private final Rmp rmp;
  private final Drivers drivers;
  private final Observers observers;
  private final OperandAddress operand;

  RmpInstructions(GuestMemory memory, Permissions database, Drivers drivers, Observers observers) {
    this.memory = memory;
    this.database = database;
    this.rmp = database.rmp();
    this.drivers = drivers;
    this.observers = observers;
    this.operand = new OperandAddress(memory, rmp);
  }

  /**
   * Serves the port on which a guest forwards an instruction.
   *
   * @return false if it is another port or another kind of access
   */
  boolean served(LevelVcpu vcpu, VcpuExit.Io io) {
    Instruction instruction = io.isIn() && io.size() == 4 && io.count() == 1 ? at(io.port()) : null;
    if (instruction == null) {
      return false;
    }
    io.answer(execute(instruction, vcpu, vcpu.cpu().registers()));
    return true;
  }

  /**
   * Serves an instruction that KVM could not emulate.
   *
   * @return false if it is none of these
   */
  boolean served(LevelVcpu vcpu, VcpuExit.KvmInternalError error) {
    for (Instruction instruction : INSTRUCTIONS) {
      if (error.isEmulationOf(instruction.opcode)) {
        Registers registers = vcpu.cpu().registers();
        int answer = execute(instruction, vcpu, registers);
        if ((answer & Abi.KVMPL_RMP_EXCEPTION()) != 0) {
          database.catchUp(vcpu.level()); // the handler's stack
        }
        complete(instruction, vcpu.cpu(), registers, answer);
        return true;
      }
    }
    return false;
  }

  private static @Nullable Instruction at(int port) {
    for (Instruction instruction : INSTRUCTIONS) {
      if (instruction.port == port) {
        return instruction;
      }
    }
    return null;
  }

  /** Executes it with the operands in {@code registers}, and returns the answer. */
  private int execute(Instruction instruction, LevelVcpu vcpu, Registers registers) {
    long gpa = operand.translate(vcpu, registers.rax());
    long rcx = registers.rcx();
    long rdx = registers.rdx();
    int target = (int) rdx & 0xff;
    int before = isPage(gpa) && target < LEVELS.length ? permissions(gpa, target) : 0;
    int answer = ask(instruction, vcpu.level(), gpa, rcx, rdx);
    if (answer == Rmp.SIZE_FAULT) {
      rmp.smash(PageRange.pageOf(gpa));
      answer = ask(instruction, vcpu.level(), gpa, rcx, rdx);
    }
    if (answer == Abi.RMP_OK()) {
      switch (instruction) {
        case RMPADJUST -> {
          note(vcpu.level(), LEVELS[target], gpa, Rmp.entryPages(rcx), before);
          follow(vcpu, LEVELS[target], gpa, Rmp.entryPages(rcx));
          if ((permissions(gpa, target) & ~before) != 0) {
            int length = Rmp.entryPages(rcx) * PageRange.PAGE_SIZE;
            observers.step(
                Step.GRANT,
                vcpu.watched(),
                drivers.driverAt(LEVELS[target]),
                Access.WRITE,
                gpa,
                length,
                permissions(gpa, target));
          }
        }
        case PVALIDATE -> {
          for (Vmpl level : LEVELS) {
            follow(vcpu, level, gpa, Rmp.entryPages(rcx & 0xffffffffL));
          }
        }
        case RMPQUERY -> {}
      }
    }
    return answer;
  }

  private int ask(Instruction instruction, Vmpl caller, long gpa, long rcx, long rdx) {
    return switch (instruction) {
      case RMPADJUST -> rmp.adjust(caller, gpa, rcx, rdx);
      case RMPQUERY -> rmp.query(caller, gpa, rdx);
      case PVALIDATE -> rmp.validate(caller, gpa, rcx, rdx);
    };
  }

  private boolean isPage(long gpa) {
    return memory.contains(gpa, 1);
  }

  private int permissions(long gpa, int level) {
    return rmp.permissions(PageRange.pageOf(gpa), LEVELS[level]);
  }

  /**
   * @param had the level's permissions before, the same for all pages of an entry
   */
  private void note(Vmpl caller, Vmpl level, long gpa, int pages, int had) {
    int page = PageRange.pageOf(gpa);
    int driver = drivers.granteeAt(level);
    for (int i = page; i < page + pages; i++) {
      database.grants().adjusted(caller, i, level, had, driver);
    }
  }

  private void follow(LevelVcpu by, Vmpl level, long gpa, int pages) {
    int page = PageRange.pageOf(gpa);
    database.follow(level, page, page + pages);
    if (by.level() != Vmpl.VMPL0) {
      database.catchUp(level); // what a level passes on is not VMPL0's grant, which alone may wait
    }
    long length = (long) pages * PageRange.PAGE_SIZE;
    observers.permitted(by.watched(), level, gpa, length, permissions(gpa, level.number()));
  }

  /** Does to the registers what the guest's handler does where it gets the answer. */
  private static void complete(
      Instruction instruction, GuestCpu cpu, Registers registers, int answer) {
    int result = answer & Abi.KVMPL_RMP_RESULT_MASK();
    if ((answer & Abi.KVMPL_RMP_EXCEPTION()) != 0) {
      if (result == Abi.VECTOR_VC()) {
        cpu.faultAddress(registers.rax());
      }
      cpu.injectException(result, answer >>> Abi.KVMPL_RMP_ERROR_SHIFT());
      return;
    }
    registers.rax(result);
    if (instruction == Instruction.RMPQUERY && result == Abi.RMP_OK()) {
      registers.rcx((answer & Abi.KVMPL_RMP_LARGE()) != 0 ? 1 : 0);
      registers.rdx(
          (registers.rdx() & 0xff)
              | (answer >>> Abi.KVMPL_RMP_RDX_SHIFT() & Abi.KVMPL_RMP_RDX_MASK()));
    }
    registers.rflags((registers.rflags() & ~RFLAGS_ARITHMETIC) | flags(answer, result));
    registers.rip(registers.rip() + instruction.opcode.length);
    cpu.setRegisters();
  }

  /** The flags are the result's, as TEST would set them, and CF the answer's. */
  private static long flags(int answer, int result) {
    return ((answer & Abi.KVMPL_RMP_CARRY()) != 0 ? RFLAGS_CF : 0)
        | (Integer.bitCount(result) % 2 == 0 ? RFLAGS_PF : 0)
        | (result == 0 ? RFLAGS_ZF : 0);
  }
}
