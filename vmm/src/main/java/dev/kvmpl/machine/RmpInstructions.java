// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.Registers;
import dev.kvmpl.kvm.VcpuExit;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;

/**
 * Executes the instructions on the permissions database for a vCPU, and lets the slots follow. They
 * come here in one of two ways: KVM reports the opcode as one that it cannot emulate, or the CPU
 * raises #UD and the guest's handler forwards the operands by an {@code in} from a port.
 */
final class RmpInstructions {
  private static final byte[] RMPADJUST = {(byte) 0xf3, 0x0f, 0x01, (byte) 0xfe};

  private final MachineParts parts;
  private final Rmp rmp;
  private final Recorder recorder;

  RmpInstructions(MachineParts parts, Recorder recorder) {
    this.parts = parts;
    this.rmp = parts.rmp();
    this.recorder = recorder;
  }

  /**
   * Serves the port on which a guest forwards an instruction.
   *
   * @return false if it is another port or another kind of access
   */
  boolean served(LevelVcpu vcpu, VcpuExit.Io io) {
    if (io.port() != Abi.KVMPL_PORT_RMPADJUST()
        || !io.isIn()
        || io.size() != 4
        || io.count() != 1) {
      return false;
    }
    Registers registers = vcpu.vcpu().registers();
    io.answer(adjust(vcpu, registers));
    return true;
  }

  /**
   * Serves an instruction that KVM could not emulate.
   *
   * @return false if it is none of these
   */
  boolean served(LevelVcpu vcpu, VcpuExit.KvmInternalError error) {
    if (!error.isEmulationOf(RMPADJUST)) {
      return false;
    }
    Registers registers = vcpu.vcpu().registers();
    registers.rax(adjust(vcpu, registers));
    registers.rip(registers.rip() + RMPADJUST.length);
    vcpu.vcpu().setRegisters();
    return true;
  }

  private int adjust(LevelVcpu vcpu, Registers registers) {
    long gpa = registers.rax();
    long operands = registers.rdx();
    int level = (int) operands & 0xff;
    boolean exists = level <= Vmpl.VMPL3.number() && parts.memory().contains(gpa, 1);
    int before = exists ? rmp.permissions(PageRange.pageOf(gpa), Vmpl.of(level)) : 0;
    int result = rmp.adjust(vcpu.level(), gpa, registers.rcx(), operands);
    if (result == Abi.RMP_OK()) {
      Vmpl target = Vmpl.of(level);
      int page = PageRange.pageOf(gpa);
      parts.follow(target, page, page + 1);
      if ((rmp.permissions(page, target) & ~before) != 0) {
        recorder.granted(vcpu, parts.driverAt(target), gpa);
      }
    }
    return result;
  }
}
