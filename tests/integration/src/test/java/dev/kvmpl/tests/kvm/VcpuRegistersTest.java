// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.decode.PageWalk;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.cpu.Msrs;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.kvm.state.SpecialRegisters;
import dev.kvmpl.kvm.sync.SavedRegisters;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.RequiresKvm;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A vCPU whose registers are in its run area. */
@RequiresKvm
class VcpuRegistersTest {
  private static final int VECTOR_GP = 13;

  // ff c0    inc %eax
  // f4       hlt
  // ff c0    inc %eax
  // f4       hlt
  private final BareGuest guest = BareGuest.running("ff c0 f4 ff c0 f4");
  private final Vcpu vcpu = guest.vcpu();

  @BeforeEach
  void sync() {
    vcpu.syncRegisters(true);
    vcpu.registers().rax(41);
    vcpu.setRegisters();
  }

  @AfterEach
  void close() {
    guest.close();
  }

  private Registers asKvmHasThem() {
    Registers registers = new Registers();
    vcpu.fd().unsafeIoctl(Kvm.KVM_GET_REGS(), registers.segment());
    return registers;
  }

  private void change(long rax) {
    Registers registers = asKvmHasThem();
    registers.rax(rax);
    vcpu.fd().unsafeIoctl(Kvm.KVM_SET_REGS(), registers.segment());
  }

  @Test
  void registersAfterAnExit_areThoseThatKvmHas_andNoCallIsMade() {
    assertInstanceOf(VcpuExit.Halt.class, vcpu.run());

    assertEquals(42, vcpu.registers().rax());
    assertEquals(asKvmHasThem().toString(), vcpu.registers().toString());
    change(7);
    assertEquals(42, vcpu.registers().rax());
  }

  @Test
  void registersThatAreSet_areTakenByTheNextRun_andNoCallIsMade() {
    vcpu.run();
    vcpu.registers().rax(99);
    vcpu.setRegisters();
    assertEquals(42, asKvmHasThem().rax());

    vcpu.run();

    assertEquals(100, vcpu.registers().rax());
  }

  @Test
  void registersThatAreSet_areThereForWhoeverAsksKvm() {
    vcpu.run();
    vcpu.registers().rax(99);
    vcpu.setRegisters();

    assertEquals(99, vcpu.get(new Registers()).rax());
    assertEquals(99, vcpu.registers().rax());
  }

  @Test
  void registersOfAnotherObject_areSeen() {
    vcpu.run();
    vcpu.registers().rax(1);
    vcpu.setRegisters();
    Registers other = vcpu.get(new Registers());
    other.rax(99);

    vcpu.set(other);

    assertEquals(99, vcpu.registers().rax());
    vcpu.run();
    assertEquals(100, vcpu.registers().rax());
  }

  @Test
  void registersThatAreSet_areNotLostOnAChangeOfMsrs() {
    vcpu.run();
    vcpu.registers().rax(99);
    vcpu.setRegisters();

    vcpu.setMsrs(new Msrs());

    assertEquals(99, vcpu.registers().rax());
  }

  @Test
  void registersBeforeTheFirstRun_areThoseThatWereSet() {
    assertEquals(41, vcpu.registers().rax());
    assertEquals(BareGuest.CODE, vcpu.registers().rip());
  }

  /** KVM_SET_REGS drops an exception that waits: it must not come after. */
  @Test
  void exceptionInjectedAfterRegistersAreSet_arrives() {
    vcpu.run();
    vcpu.registers().rax(99);
    vcpu.setRegisters();
    vcpu.injectException(VECTOR_GP, 0);

    vcpu.run();

    assertEquals(VECTOR_GP, guest.vector());
    assertEquals(99, vcpu.registers().rax());
  }

  @Test
  void restoredState_isWhatRunsOn() {
    SavedRegisters before = vcpu.save();
    vcpu.run();
    vcpu.run();
    assertEquals(43, vcpu.registers().rax());

    vcpu.restore(before);
    vcpu.run();

    assertEquals(42, vcpu.registers().rax());
    assertEquals(BareGuest.CODE + 3, vcpu.registers().rip());
  }

  @Test
  void tables_areToldByAnExit_andByNobodyBefore() {
    assertEquals(Vcpu.UNMAPPED, vcpu.fourLevelTables());

    vcpu.run();

    long tables = vcpu.get(new SpecialRegisters()).cr3();
    assertEquals(tables, vcpu.fourLevelTables());
    assertEquals(tables, vcpu.pageTables());
  }

  @Test
  void tablesThatAreChanged_areNotThoseOfTheLastExit() {
    vcpu.run();
    SpecialRegisters special = vcpu.get(new SpecialRegisters());
    special.cr3(special.cr3() | 0x8);

    vcpu.set(special);

    assertEquals(Vcpu.UNMAPPED, vcpu.fourLevelTables());
    assertEquals(special.cr3(), vcpu.pageTables());
  }

  @Test
  void vcpuThatDoesNotSyncThem_isAskedEachTime() {
    try (BareGuest other = BareGuest.running("f4")) {
      other.vcpu().run();

      assertEquals(Vcpu.UNMAPPED, other.vcpu().fourLevelTables());
      assertEquals(BareGuest.CODE + 1, other.vcpu().registers().rip());
    }
  }

  /** Each of the entries of 4 GiB leads somewhere else. */
  @Test
  void walkOverTheTables_leadsWhereKvmSays() {
    Random random = new Random(1);
    for (long entry = 0xa000; entry < 0xe000; entry += 8) {
      long frame = (long) random.nextInt(1 << 11) << 21;
      guest.memory().putLong(entry, frame | (random.nextInt(8) == 0 ? 0 : 1) | 0xe2);
    }
    guest.memory().putLong(0xa000, 0x83); // its code
    vcpu.run();
    PageWalk walk = new PageWalk(guest.memory());
    walk.from(vcpu.fourLevelTables());
    int plain = 0;
    for (int i = 0; i < 1000; i++) {
      long address = random.nextLong(6L << 30);

      long walked = walk.to(address);

      assertEquals(vcpu.translate(address), walked);
      plain += walk.isPlain() ? 1 : 0;
    }
    assertTrue(plain > 400 && plain < 900, plain + " are plain");
  }
}
