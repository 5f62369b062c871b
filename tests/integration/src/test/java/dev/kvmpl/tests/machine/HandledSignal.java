// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A program that has a use of its own for the signal that vCPUs are kicked with, and runs machines.
 * Argument: how many.
 */
final class HandledSignal {
  private static final String NAME = "URG";

  private HandledSignal() {}

  public static void main(String[] arguments) throws Exception {
    AtomicInteger handled = new AtomicInteger();
    // By reflection, because the compiler warns of sun.misc and nothing silences it.
    Class<?> signal = Class.forName("sun.misc.Signal");
    Class<?> handler = Class.forName("sun.misc.SignalHandler");
    Object urgent = signal.getConstructor(String.class).newInstance(NAME);
    Object counts =
        Proxy.newProxyInstance(
            handler.getClassLoader(),
            new Class<?>[] {handler},
            (proxy, method, values) -> handled.incrementAndGet());
    signal.getMethod("handle", signal, handler).invoke(null, urgent, counts);

    for (int i = 0; i < Integer.parseInt(arguments[0]); i++) {
      KickedMachines.run();
    }
    System.out.println("handled for kicks: " + handled.get());

    signal.getMethod("raise", signal).invoke(null, urgent);
    while (handled.get() == 0) {
      Thread.onSpinWait();
    }
    System.out.println("handled when raised: " + handled.get());
  }
}
