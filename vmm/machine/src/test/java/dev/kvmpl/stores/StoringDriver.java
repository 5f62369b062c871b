// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.stores;

import static dev.kvmpl.script.ScriptedMachine.KERNEL;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.script.Exits;
import dev.kvmpl.script.ScriptedCpu;
import dev.kvmpl.script.ScriptedMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Arrays;
import java.util.HexFormat;

/** A driver of which a test says which instruction it has executed, and what KVM told of it. */
final class StoringDriver implements AutoCloseable {
  /** Where RIP is after the instruction. */
  static final long END = 0x280800;

  static final int RAX = 0;
  static final int RCX = 1;
  static final int RBX = 3;
  static final int RSP = 4;
  static final int RDI = 7;

  /** Kernel memory: a page and the one behind it, whose border stores cross. */
  static final long FIRST = KERNEL;

  static final long SECOND = KERNEL + 4096;

  private static final int BEFORE = 64;
  private static final byte NOP = (byte) 0x90;

  final ScriptedMachine machine;
  final LevelVcpu vcpu;
  private final int apicId;

  private StoringDriver(int processors) {
    machine = ScriptedMachine.with().processors(processors).build().launch();
    apicId = processors - 1;
    vcpu = processors > 1 ? machine.start(2, Vmpl.VMPL2, apicId) : machine.start(1, Vmpl.VMPL1, 0);
    vcpu.entersAt(machine.dispatcher().now());
  }

  /** The one processor's. */
  static StoringDriver alone() {
    return new StoringDriver(1);
  }

  /** One whose level is on several processors. */
  static StoringDriver amongOthers() {
    return new StoringDriver(2);
  }

  /** Nothing but {@code nop} is before the instruction. */
  StoringDriver executed(String instruction) {
    return executed(instruction, END);
  }

  StoringDriver executed(String instruction, long end) {
    byte[] bytes = new byte[BEFORE];
    Arrays.fill(bytes, NOP);
    byte[] code = HexFormat.of().parseHex(instruction.replace(" ", ""));
    System.arraycopy(code, 0, bytes, BEFORE - code.length, code.length);
    machine.memory().write(end - BEFORE, bytes);
    registers().rip(end);
    return this;
  }

  /** It is at the instruction. */
  StoringDriver isAt(String instruction) {
    byte[] code = HexFormat.of().parseHex(instruction.replace(" ", ""));
    machine.memory().write(END, code);
    registers().rip(END);
    return this;
  }

  StoringDriver with(int register, long value) {
    registers().byNumber(register, value);
    return this;
  }

  Registers registers() {
    return vcpu.cpu().registers();
  }

  ScriptedCpu cpu() {
    return machine.cpu(vcpu);
  }

  /** The level may write the page. */
  StoringDriver open(long page) {
    machine.grant(page, vcpu.level(), apicId);
    vcpu.entersAt(machine.dispatcher().now());
    return this;
  }

  /** KVM tells of a store, in these parts. */
  StoringDriver told(VcpuExit.Mmio first, VcpuExit.Mmio... others) {
    cpu().parts.addAll(Arrays.asList(others));
    machine.exit(vcpu, first);
    return this;
  }

  /** KVM tells of a store in one part. */
  StoringDriver told(long gpa, int length, long data) {
    return told(Exits.store(gpa, length, data));
  }

  Next isRefused() {
    return machine.answer(apicId, Abi.KVMPL_ERR_RESTRICTED());
  }

  /** VMPL0 opens both pages and allows it. */
  Next isAllowed(int parts) {
    Next next = Next.STOP;
    machine.grant(FIRST, vcpu.level(), apicId);
    machine.grant(SECOND, vcpu.level(), apicId);
    for (int i = 0; i < parts; i++) {
      next = machine.answer(apicId, Abi.SVSM_SUCCESS());
    }
    return next;
  }

  @Override
  public void close() {
    machine.close();
  }
}
