// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.io;

import java.util.Locale;

/** Where a guest can reach a device. */
public sealed interface IoAddress {
  /** The port's number, or the guest-physical address. */
  long value();

  /**
   * A port.
   *
   * @param number 0 to 0xffff
   */
  record Port(int number) implements IoAddress {
    private static final int LAST = 0xffff;

    public Port {
      if (number < 0 || number > LAST) {
        throw new IllegalArgumentException(String.format(Locale.ROOT, "no port %#x", number));
      }
    }

    @Override
    public long value() {
      return number;
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "port %#x", number);
    }
  }

  /**
   * An address that no slot has.
   *
   * @param gpa guest-physical
   */
  record Memory(long gpa) implements IoAddress {
    @Override
    public long value() {
      return gpa;
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "gpa %#x", gpa);
    }
  }
}
