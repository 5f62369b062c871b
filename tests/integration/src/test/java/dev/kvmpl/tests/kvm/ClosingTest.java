// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvmpl.kvm.fd.Closing;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("host-kernel")
class ClosingTest {
  private final List<String> closed = new ArrayList<>();

  private AutoCloseable step(String name) {
    return () -> closed.add(name);
  }

  private AutoCloseable failing(String name, Throwable failure) {
    return () -> {
      closed.add(name);
      if (failure instanceof Error e) {
        throw e;
      }
      throw (Exception) failure;
    };
  }

  @Test
  void everythingIsClosed_inItsOrder() {
    Closing.all(step("a"), step("b"), step("c"));

    assertEquals(List.of("a", "b", "c"), closed);
  }

  @Test
  void firstFailureIsThrown_laterOnesAreSuppressed_andAllAreClosed() {
    RuntimeException first = new IllegalStateException("first");
    Error second = new OutOfMemoryError("second");

    RuntimeException thrown =
        assertThrows(
            RuntimeException.class,
            () -> Closing.all(failing("a", first), failing("b", second), step("c")));

    assertSame(first, thrown);
    assertEquals(List.of(second), List.of(thrown.getSuppressed()));
    assertEquals(List.of("a", "b", "c"), closed);
  }

  @Test
  void anError_isThrownAsItIs() {
    Error error = new OutOfMemoryError("no memory");

    assertSame(error, assertThrows(Error.class, () -> Closing.all(failing("a", error), step("b"))));
    assertEquals(List.of("a", "b"), closed);
  }

  @Test
  void afterAFailure_thatOneStaysTheFirst() {
    RuntimeException first = new IllegalStateException("first");
    RuntimeException second = new IllegalStateException("second");

    Closing.after(first, failing("a", second), step("b"));

    assertEquals(List.of(second), List.of(first.getSuppressed()));
    assertEquals(List.of("a", "b"), closed);
  }

  /** Thousands may fail, one like the other. */
  @Test
  void manyFailures_areNotAllKept() {
    RuntimeException first = new IllegalStateException("first");
    List<AutoCloseable> things = new ArrayList<>(List.of(failing("a", first)));
    things.addAll(Collections.nCopies(30_000, failing("b", new IllegalStateException("another"))));

    assertThrows(RuntimeException.class, () -> Closing.all(things));

    assertEquals(30_001, closed.size());
    assertEquals(100, first.getSuppressed().length);
  }
}
