// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.stores;

import static dev.kvmpl.stores.StoringDriver.END;
import static dev.kvmpl.stores.StoringDriver.FIRST;
import static dev.kvmpl.stores.StoringDriver.RAX;
import static dev.kvmpl.stores.StoringDriver.RBX;
import static dev.kvmpl.stores.StoringDriver.RCX;
import static dev.kvmpl.stores.StoringDriver.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.processors.Next;
import dev.kvmpl.script.Exits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A store is allowed whose bytes another processor has changed since KVM computed it: one that is
 * made of them is executed anew, or ends the machine.
 */
class StaleStoreTest {
  private static final String MOV = "48 89 18"; // mov %rbx, (%rax)
  private static final String ADD = "48 01 18"; // add %rbx, (%rax)
  private static final String LOCK_ADD = "f0 48 01 18";
  private static final String ADC = "48 11 18"; // adc %rbx, (%rax)
  private static final String XCHG = "48 87 18"; // xchg %rbx, (%rax)
  private static final String CMPXCHG = "48 0f b1 0f"; // cmpxchg %rcx, (%rdi)
  private static final String ADD_AS_TWO = "80 00 18"; // addb $0x18, (%rax); or add %bl, (%rax)
  private static final long AT = FIRST + 64;

  private final StoringDriver driver = StoringDriver.amongOthers();

  @AfterEach
  void close() {
    driver.close();
  }

  private long memory() {
    return driver.machine.memory().getLong(AT);
  }

  private void anotherStores(long value) {
    driver.machine.memory().putLong(AT, value);
  }

  private void assertEnds(String why) {
    assertEquals(Next.STOP, driver.isAllowed(1));
    assertTrue(driver.machine.failure().contains(why), driver.machine.failure());
  }

  @Test
  void modification_ofWhatIsUnchanged_isStored() {
    anotherStores(1);
    driver.executed(ADD).with(RAX, AT).with(RBX, 10).told(AT, 8, 11);

    assertEquals(Next.TAKE_TURNS, driver.isAllowed(1));
    assertEquals(11, memory());
    assertEquals(END, driver.registers().rip());
  }

  @Test
  void modification_ofWhatHasChanged_isExecutedAnew_withItsPrefixes() {
    anotherStores(1);
    driver.executed(LOCK_ADD).with(RAX, AT).with(RBX, 10).told(AT, 8, 11);
    anotherStores(2);

    assertEquals(Next.TAKE_TURNS, driver.isAllowed(1));
    assertEquals(2, memory());
    assertEquals(END - 4, driver.registers().rip());
  }

  @Test
  void exchange_isExecutedAnew_withTheRegisterAsItWas() {
    anotherStores(1);
    driver.executed(XCHG).with(RAX, AT).with(RBX, 1).told(AT, 8, 10);
    anotherStores(2);

    assertEquals(Next.TAKE_TURNS, driver.isAllowed(1));
    assertEquals(END - 3, driver.registers().rip());
    assertEquals(10, driver.registers().byNumber(RBX));
  }

  @Test
  void comparison_thatWasUnequal_storesNothing() {
    anotherStores(1);
    driver.executed(CMPXCHG).with(StoringDriver.RDI, AT).with(RAX, 1).with(RCX, 9).told(AT, 8, 1);
    anotherStores(2);

    assertEquals(Next.TAKE_TURNS, driver.isAllowed(1));
    assertEquals(2, memory());
    assertEquals(END, driver.registers().rip());
  }

  @Test
  void plainStore_isStored_whateverHasChanged() {
    driver.executed(MOV).with(RAX, AT).with(RBX, 10).told(AT, 8, 10);
    anotherStores(2);

    assertEquals(Next.TAKE_TURNS, driver.isAllowed(1));
    assertEquals(10, memory());
  }

  @Test
  void modificationWithTheCarryFlag_cannotBeExecutedAnew() {
    driver.executed(ADC).with(RAX, AT).with(RBX, 10).told(AT, 8, 10);
    anotherStores(2);

    assertEnds("the whole of adc of 8 bytes");
  }

  @Test
  void whatCanBeReadAsTwoInstructions_cannotBeExecutedAnew() {
    driver.executed(ADD_AS_TWO).with(RAX, AT).with(RBX, 10).told(AT, 1, 10);
    anotherStores(2);

    assertEnds("the whole of add of 1 bytes, the whole of add of 1 bytes");
  }

  @Test
  void whatHasChangedBeforeItsExit_isExecutedAnew() {
    anotherStores(1);
    driver.executed(ADD).with(RAX, AT).with(RBX, 10);
    driver.vcpu.entersAt(driver.machine.dispatcher().now());
    driver.machine.permissions().changes().change(AT);
    driver.told(AT, 8, 11);

    assertEquals(Next.TAKE_TURNS, driver.isAllowed(1));
    assertEquals(END - 3, driver.registers().rip());
    assertEquals(1, memory());
  }

  private void addsAcrossThePagesEnd() {
    driver.executed(ADD).with(RAX, SECOND - 4).with(RBX, 5);
    driver.told(Exits.store(SECOND - 4, 4, 5), Exits.store(SECOND, 4, 0));
  }

  @Test
  void modificationAcrossAPagesEnd_ofWhatIsUnchanged_isStored() {
    addsAcrossThePagesEnd();

    assertEquals(Next.TAKE_TURNS, driver.isAllowed(2));
    assertEquals(5, driver.machine.memory().getLong(SECOND - 4));
  }

  @Test
  void modificationAcrossAPagesEnd_ofWhatHasChanged_ends() {
    addsAcrossThePagesEnd();
    driver.machine.memory().putInt(SECOND, 1);

    assertEquals(Next.STOP, driver.isAllowed(2));
    assertTrue(
        driver.machine.failure().contains("the whole of add of 8 bytes"), driver.machine.failure());
  }
}
