// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.stores;

import static dev.kvmpl.stores.StoringDriver.FIRST;
import static dev.kvmpl.stores.StoringDriver.RAX;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.memory.PageRange;
import dev.kvmpl.script.Exits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** KVM tells of an entry of the guest's page tables instead of the access behind it. */
class MisdirectedExitTest {
  private static final String STORE = "48 89 18"; // mov %rbx, (%rax)
  private static final String LOAD = "48 8b 18"; // mov (%rax), %rbx

  private final StoringDriver driver = StoringDriver.alone();

  /** The entry of the first GiB, in the second table. */
  private final long entry = driver.cpu().pageTables + PageRange.PAGE_SIZE;

  @AfterEach
  void close() {
    driver.close();
  }

  private void assertMisdirected() {
    String why = driver.machine.failure();
    assertTrue(why.contains("page tables are in memory"), why);
  }

  private void assertIsAskedFor(long gpa) {
    assertNull(driver.machine.dispatcher().ending());
    assertEquals(gpa, driver.machine.askedFor(0));
  }

  @Test
  void storeThatLeadsElsewhere_overTheEntry_endsTheMachine() {
    driver.executed(STORE).with(RAX, FIRST).told(entry, 8, 1);

    assertMisdirected();
  }

  @Test
  void storeToTheEntry_isOne() {
    driver.executed(STORE).with(RAX, entry).told(entry, 8, 1);

    assertIsAskedFor(entry);
  }

  @Test
  void storeThatWalksOverOtherEntries_isOne() {
    driver.executed(STORE).with(RAX, 1L << 30).told(entry, 8, 1);

    assertIsAskedFor(entry);
  }

  @Test
  void storeToWhatIsNoEntry_isOne() {
    driver.executed(STORE).with(RAX, FIRST).told(entry + 1, 1, 1);

    assertIsAskedFor(entry + 1);
  }

  @Test
  void loadThatLeadsElsewhere_overTheEntry_endsTheMachine() {
    driver.isAt(LOAD).with(RAX, FIRST);
    driver.machine.exit(driver.vcpu, Exits.load(entry, 8));

    assertMisdirected();
  }

  @Test
  void loadOfTheEntry_isOne() {
    driver.isAt(LOAD).with(RAX, entry);
    driver.machine.exit(driver.vcpu, Exits.load(entry, 8));

    assertIsAskedFor(entry);
  }

  @Test
  void loadByWhatIsNotKnown_isOne() {
    driver.isAt("0f 0b");
    driver.machine.exit(driver.vcpu, Exits.load(entry, 8));

    assertIsAskedFor(entry);
  }
}
