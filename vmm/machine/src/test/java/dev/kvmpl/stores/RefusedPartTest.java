// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.stores;

import static dev.kvmpl.stores.StoringDriver.END;
import static dev.kvmpl.stores.StoringDriver.FIRST;
import static dev.kvmpl.stores.StoringDriver.RAX;
import static dev.kvmpl.stores.StoringDriver.RBX;
import static dev.kvmpl.stores.StoringDriver.RDI;
import static dev.kvmpl.stores.StoringDriver.RSP;
import static dev.kvmpl.stores.StoringDriver.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.processors.GuestCpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.script.Exits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A store beside a page's end is refused: the machine ends if a part of it may be in the open page
 * on the other side, and goes on if not.
 */
class RefusedPartTest {
  private static final String MOV = "48 89 18"; // mov %rbx, (%rax)
  private static final String MOV_4 = "89 18"; // mov %ebx, (%rax)
  private static final String XCHG_RAX = "48 87 00"; // xchg %rax, (%rax)
  private static final String CMPXCHG = "48 0f b1 08"; // cmpxchg %rcx, (%rax)
  private static final String MOVUPS = "0f 11 00"; // movups %xmm0, (%rax)
  private static final String CALL = "e8 00 01 00 00"; // call +0x100
  private static final String REP_STOSB = "f3 aa";
  private static final long VALUE = 0x1122334455667788L;
  private static final int LOW = 0x55667788;
  private static final int HIGH = 0x11223344;

  private final StoringDriver driver = StoringDriver.alone();

  @AfterEach
  void close() {
    driver.close();
  }

  private void assertGoesOn() {
    assertEquals(Next.TAKE_TURNS, driver.isRefused());
  }

  private void assertEnds(String reading) {
    assertEquals(Next.STOP, driver.isRefused());
    assertTrue(driver.machine.failure().contains(reading), driver.machine.failure());
  }

  @Test
  void wholeStore_upToThePagesEnd_goesOn() {
    driver.executed(MOV).with(RAX, SECOND - 8).with(RBX, VALUE).told(SECOND - 8, 8, VALUE);

    assertGoesOn();
  }

  @Test
  void firstPart_whoseRestIsInTheOpenPage_ends() {
    driver.open(SECOND).machine.memory().putInt(SECOND, HIGH);
    driver.executed(MOV).with(RAX, SECOND - 4).with(RBX, VALUE).told(SECOND - 4, 4, LOW);

    assertEnds("a part of mov of 8 bytes, the whole of mov of 4 bytes");
  }

  @Test
  void firstPart_whoseRestIsNotInTheOpenPage_wasAShorterStore() {
    driver.open(SECOND).machine.memory().putInt(SECOND, 5);
    driver.executed(MOV).with(RAX, SECOND - 4).with(RBX, VALUE).told(SECOND - 4, 4, LOW);

    assertGoesOn();
  }

  @Test
  void firstPart_whoseRestWouldBeInAClosedPage_wasAShorterStore() {
    driver.executed(MOV).with(RAX, SECOND - 4).with(RBX, VALUE).told(SECOND - 4, 4, LOW);

    assertGoesOn();
  }

  @Test
  void secondPart_whoseBeginningIsInTheOpenPage_ends() {
    driver.open(FIRST).machine.memory().putInt(SECOND - 4, LOW);
    driver.executed(MOV).with(RAX, SECOND - 4).with(RBX, VALUE).told(SECOND, 4, HIGH);

    assertEnds("a part of mov of 8 bytes");
  }

  @Test
  void secondPart_whoseBeginningIsNotThere_isExplainedByNothing_andEnds() {
    driver.open(FIRST).executed(MOV).with(RAX, SECOND - 4).with(RBX, VALUE);
    driver.told(SECOND, 4, HIGH);

    assertEnds("no instruction that is known");
  }

  @Test
  void storeElsewhere_doesNotExplainIt() {
    driver.executed(MOV_4).with(RAX, 0x5000).told(SECOND - 4, 4, LOW);

    assertEnds("no instruction that is known");
  }

  @Test
  void storeToldInBothPages_isWhole() {
    driver.executed(MOV).with(RAX, SECOND - 4).with(RBX, VALUE);
    driver.told(Exits.store(SECOND - 4, 4, LOW), Exits.store(SECOND, 4, HIGH));

    assertGoesOn();
  }

  @Test
  void vector_toldInThreeParts_isWhole() {
    driver.executed(MOVUPS).with(RAX, SECOND - 12);
    driver.told(
        Exits.store(SECOND - 12, 8, 1), Exits.store(SECOND - 4, 4, 2), Exits.store(SECOND, 4, 3));

    assertGoesOn();
  }

  @Test
  void vectorsPart_ofWhichNobodyKnowsTheValue_ends() {
    driver.open(SECOND).executed(MOVUPS).with(RAX, SECOND - 8).told(SECOND - 8, 8, 1);

    assertEnds("a part of movups of 16 bytes");
  }

  @Test
  void elementOfAString_isReadAtRip() {
    driver.isAt(REP_STOSB).with(RDI, SECOND + 1).told(SECOND, 1, 7);

    assertGoesOn();
  }

  @Test
  void returnAddress_isReadBeforeWhereItLeads() {
    driver.executed(CALL);
    driver.registers().rip(END + 0x100);
    driver.with(RSP, SECOND - 8).told(SECOND - 8, 8, END);

    assertGoesOn();
  }

  @Test
  void partOfAReturnAddress_withTheRestInTheOpenPage_ends() {
    driver.open(SECOND).executed(CALL);
    driver.registers().rip(END + 0x100);
    driver.with(RSP, SECOND - 4).told(SECOND - 4, 4, END);

    assertEnds("a part of call of 8 bytes");
  }

  @Test
  void partOfWhatHasChangedItsAddress_mayBeOne() {
    driver.open(SECOND).executed(XCHG_RAX).with(RAX, VALUE).told(SECOND - 4, 4, LOW);

    assertEnds("perhaps a part of xchg of 8 bytes");
  }

  @Test
  void allOfWhatHasChangedItsAddress_isWhole() {
    driver.executed(CMPXCHG).with(RAX, VALUE).told(SECOND - 8, 8, VALUE);

    assertGoesOn();
  }

  @Test
  void bytesThatCannotBeRead_mayHaveBeenOne() {
    driver.executed(MOV_4, 0x281003).with(RAX, SECOND - 4).with(RBX, LOW);
    driver.cpu().map(0x280000, GuestCpu.UNMAPPED);
    driver.told(SECOND - 4, 4, LOW);

    assertEnds("bytes that cannot be read");
  }

  @Test
  void instructionInTheOpenPageBefore_mayHaveBeenOverwritten() {
    driver.open(FIRST).executed(MOV_4, SECOND - 8).with(RAX, SECOND).with(RBX, LOW);
    driver.told(SECOND, 4, LOW);

    assertEnds("bytes that it may have overwritten");
  }

  @Test
  void instructionInTheOpenPageBehind_mayHaveBeenOverwritten() {
    driver.open(SECOND).executed(MOV_4, SECOND + 40).with(RAX, SECOND - 4).with(RBX, LOW);
    driver.told(SECOND - 4, 4, LOW);

    assertEnds("bytes that it may have overwritten");
  }

  @Test
  void instructionInAClosedPageBehind_hasNotBeenOverwritten() {
    driver.executed(MOV_4, SECOND + 80).with(RAX, SECOND - 4).with(RBX, LOW);
    driver.told(SECOND - 4, 4, LOW);

    assertGoesOn();
  }

  @Test
  void somethingElseInTheMidstOfAStore_endsTheMachine() {
    driver.executed(MOV).with(RAX, SECOND - 4);
    driver.cpu().parts.add(new VcpuExit.Halt());
    driver.told(SECOND - 4, 4, LOW);

    assertTrue(driver.machine.failure().contains("more parts than"), driver.machine.failure());
  }
}
