// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.devices;

/** What is left of a PC's keyboard controller (Intel 8042): no keyboard, but the reset line. */
public final class KeyboardController implements PortDevice {
  /** Data. */
  public static final int DATA = 0x60;

  /** Status when read, commands when written. */
  public static final int COMMAND = 0x64;

  private static final int ABSENT = 0xff; // a status by which Linux knows that there is no i8042
  private static final int PULSE_RESET = 0xfe;

  private final PowerButton power;

  /** One with that line. */
  public KeyboardController(PowerButton power) {
    this.power = power;
  }

  @Override
  public int read(int port) {
    return ABSENT;
  }

  @Override
  public void write(int port, int value) {
    if (port == COMMAND && value == PULSE_RESET) {
      power.reset();
    }
  }
}
