// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.vmpl;

/** A virtual machine privilege level (AMD manual volume 2, 15.36.7): 0 may most, 3 least. */
public enum Vmpl {
  VMPL0(0),
  VMPL1(1),
  VMPL2(2),
  VMPL3(3);

  private static final Vmpl[] LEVELS = values();

  private final int number;

  Vmpl(int number) {
    this.number = number;
  }

  /**
   * The level of that number.
   *
   * @throws IllegalArgumentException unless {@code number} is 0 to 3
   */
  public static Vmpl of(int number) {
    if (number < 0 || number >= LEVELS.length) {
      throw new IllegalArgumentException("VMPL " + number + ", allowed are 0 to 3");
    }
    return LEVELS[number];
  }

  /** 0 to 3. */
  public int number() {
    return number;
  }

  /** Whether this level may do more than {@code other}. */
  public boolean above(Vmpl other) {
    return number < other.number;
  }
}
