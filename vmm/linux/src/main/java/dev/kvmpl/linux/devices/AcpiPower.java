// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.devices;

/**
 * The fixed hardware of ACPI (ACPI specification 6.5, 4.8.3) as far as it takes to be switched off:
 * the PM1a event block, in which nothing ever happens, and the PM1a control register.
 */
public final class AcpiPower implements PortDevice {
  /** PM1a_STS, then PM1a_EN: 2 bytes each. */
  public static final int EVENTS = 0x600;

  /** Bytes of the event block. */
  public static final int EVENTS_LENGTH = 4;

  /** PM1a_CNT. */
  public static final int CONTROL = 0x604;

  /** Bytes of the control register. */
  public static final int CONTROL_LENGTH = 2;

  /** SLP_TYPa of the soft-off state, as the DSDT's {@code _S5} says. */
  public static final int SLEEP_TYPE_OFF = 5;

  private static final int SCI_ENABLE = 1; // it is in ACPI mode
  private static final int SLEEP_TYPE_SHIFT = 2; // in the high byte
  private static final int SLEEP_TYPE_MASK = 7;
  private static final int SLEEP_ENABLE = 1 << 5; // in the high byte

  private final PowerButton power;
  private final int[] enabled = new int[2];

  /** Hardware that can switch the machine off. */
  public AcpiPower(PowerButton power) {
    this.power = power;
  }

  @Override
  public int read(int port) {
    if (port == CONTROL) {
      return SCI_ENABLE;
    }
    int enable = port - (EVENTS + EVENTS_LENGTH / 2);
    return enable >= 0 && enable < enabled.length ? enabled[enable] : 0;
  }

  @Override
  public void write(int port, int value) {
    if (port == CONTROL + 1) {
      if ((value & SLEEP_ENABLE) != 0
          && ((value >>> SLEEP_TYPE_SHIFT) & SLEEP_TYPE_MASK) == SLEEP_TYPE_OFF) {
        power.powerOff();
      }
      return;
    }
    int enable = port - (EVENTS + EVENTS_LENGTH / 2);
    if (enable >= 0 && enable < enabled.length) {
      enabled[enable] = value;
    }
  }
}
