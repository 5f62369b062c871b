// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.orders;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.spec.GrantKind;
import java.util.ArrayList;
import java.util.List;

/**
 * Every order of what processors do, each of which does its steps one after the other. A step is an
 * exit, which is handled under the machine's lock: so these are all the orders that there are.
 */
final class Orders {
  /** What a processor does next, if it can. */
  interface Step {
    void run(World world);
  }

  private static final GrantKind[] KINDS = GrantKind.values();

  private Orders() {}

  /** All orders in which the processors' steps can come, each processor's in its own. */
  static <S> List<List<S>> of(List<List<S>> processors) {
    List<List<S>> orders = new ArrayList<>();
    extend(processors, new int[processors.size()], new ArrayList<>(), orders);
    return orders;
  }

  /**
   * Runs each order in a machine of its own, of one kind after the other, to the end of all
   * drivers: one that has not failed by then has nothing left of the grant. Some orders leave
   * something, and others nothing.
   *
   * @param expected how many orders there are
   * @param grantee the driver of VMPL1 that is granted the page
   * @param before what all begin with
   */
  static void run(int expected, int grantee, List<Step> before, List<List<Step>> processors) {
    List<List<Step>> orders = of(processors);
    assertEquals(expected, orders.size(), "orders");
    int failed = 0;
    for (int i = 0; i < expected; i++) {
      List<Step> order = orders.get(i);
      try (World world = new World(grantee, KINDS[i % KINDS.length])) {
        before.forEach(step -> step.run(world));
        order.forEach(step -> step.run(world));
        world.finish();
        assertTrue(world.hasEnded() || !world.isAnythingLeft(), "left");
        failed += world.hasEnded() ? 1 : 0;
      }
    }
    assertTrue(failed > 0 && failed < expected, failed + " of " + expected + " have failed");
  }

  private static <S> void extend(
      List<List<S>> processors, int[] at, List<S> order, List<List<S>> orders) {
    boolean complete = true;
    for (int i = 0; i < at.length; i++) {
      if (at[i] < processors.get(i).size()) {
        complete = false;
        order.add(processors.get(i).get(at[i]++));
        extend(processors, at, order, orders);
        at[i]--;
        order.removeLast();
      }
    }
    if (complete) {
      orders.add(List.copyOf(order));
    }
  }
}
