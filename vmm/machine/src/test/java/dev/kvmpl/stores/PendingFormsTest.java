// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.stores;

import static dev.kvmpl.stores.StoringDriver.END;
import static dev.kvmpl.stores.StoringDriver.FIRST;
import static dev.kvmpl.stores.StoringDriver.RAX;
import static dev.kvmpl.stores.StoringDriver.RCX;
import static dev.kvmpl.stores.StoringDriver.RDI;
import static dev.kvmpl.stores.StoringDriver.RSP;
import static dev.kvmpl.stores.StoringDriver.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.observe.Operation;
import dev.kvmpl.processors.Next;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.script.Exits;
import dev.kvmpl.script.ScriptedMachine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the instruction is that a vCPU is at, where KVM says nothing but EFAULT. */
class PendingFormsTest {
  private static final String MOV = "48 89 18"; // mov %rbx, (%rax)
  private static final String XSAVE = "0f ae 20"; // xsave (%rax)
  private static final String REP_STOSB = "f3 aa";
  private static final String SCATTER = "62 f2 7d 49 a0 04 07"; // vpscatterdd, (%rdi,%zmm0)

  private final StoringDriver driver = StoringDriver.alone().with(RSP, 0x290000);

  @AfterEach
  void close() {
    driver.close();
  }

  private Next faults() {
    return driver.machine.exit(driver.vcpu, Exits.memoryFault());
  }

  private void assertEnds(String why) {
    assertEquals(Next.STOP, faults());
    assertTrue(driver.machine.failure().contains(why), driver.machine.failure());
  }

  @Test
  void stateOfUnknownSize_isAskedForByItsFirstByte() {
    driver.isAt(XSAVE).with(RAX, FIRST + 64);
    faults();

    assertEquals(FIRST + 64, driver.machine.askedFor(0));
  }

  @Test
  void stateOfUnknownSize_thatBeginsInAnOpenPage_isAskedForInTheNextClosedOne() {
    driver.open(FIRST).isAt(XSAVE).with(RAX, SECOND - 64);
    faults();

    assertEquals(SECOND, driver.machine.askedFor(0));
  }

  @Test
  void refusedStateOfUnknownSize_thatMayHaveBegun_endsTheMachine() {
    driver.open(FIRST).isAt(XSAVE).with(RAX, SECOND - 64);
    faults();

    assertEquals(Next.STOP, driver.isRefused());
    String why = driver.machine.failure();
    assertTrue(why.contains("xsave"), why);
  }

  @Test
  void stringWithoutElements_accessesNothing() {
    driver.isAt(REP_STOSB).with(RCX, 0).with(RDI, FIRST);

    assertEnds("is open to it");
  }

  @Test
  void stringWithElements_isAskedForWhereItIs() {
    driver.isAt(REP_STOSB).with(RCX, 2).with(RDI, FIRST + 5);
    faults();

    assertEquals(FIRST + 5, driver.machine.askedFor(0));
  }

  @Test
  void storeToManyAddresses_isNotKnown() {
    driver.isAt(SCATTER).with(RDI, FIRST);

    assertEnds("none of which kvmpl knows");
  }

  @Test
  void storeToWhereNothingIsMapped_isTheGuestsPageFault() {
    driver.isAt(MOV).with(RAX, 1L << 40);

    assertEnds("is open to it");
  }

  @Test
  void codeOfAnotherMode_isNotRead() {
    driver.isAt(MOV).with(RAX, FIRST);
    driver.cpu().is64Bit = false;

    assertEnds("none of which kvmpl knows");
  }

  @Test
  void codeThatIsNotMapped_isNotRead() {
    driver.registers().rip(1L << 40);

    assertEnds("none of which kvmpl knows");
  }

  @Test
  void instructionUpToAHiddenPage_isReadWithoutIt() {
    driver.machine.memory().write(ScriptedMachine.HIDDEN - 3, new byte[] {0x48, (byte) 0x89, 0x18});
    driver.registers().rip(ScriptedMachine.HIDDEN - 3);
    driver.with(RAX, FIRST);
    faults();

    assertEquals(FIRST, driver.machine.askedFor(0));
  }

  @Test
  void instructionIntoAHiddenPage_isAFetchOfIt() {
    driver.machine.memory().write(ScriptedMachine.HIDDEN - 1, new byte[] {0x48});
    driver.registers().rip(ScriptedMachine.HIDDEN - 1);
    faults();
    driver.isRefused();

    Operation fetch = driver.machine.recorder.operations().getLast();
    assertEquals(Access.EXECUTE, fetch.access());
    assertEquals(ScriptedMachine.HIDDEN, fetch.gpa());
  }

  @ParameterizedTest
  @ValueSource(strings = {"cc", "cd 80", "f1"})
  void interruptOntoAClosedStack_isAskedForAtItsFrame(String instruction) {
    driver.isAt(instruction).with(RSP, FIRST + 0x800);
    faults();

    assertNull(driver.machine.dispatcher().ending());
    assertEquals(FIRST + 0x800 - 8, driver.machine.askedFor(0));
    assertEquals(END, driver.registers().rip());
  }
}
