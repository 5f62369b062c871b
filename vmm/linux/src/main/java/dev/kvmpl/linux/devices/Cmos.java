// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.devices;

import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;

/** The real-time clock of a PC (Motorola MC146818), to be read: the host's time in UTC, in BCD. */
public final class Cmos implements PortDevice {
  /** The port of the index; the next one has the data. */
  public static final int INDEX = 0x70;

  /** How many ports it has. */
  public static final int PORTS = 2;

  /** The register of the century, which ACPI's FADT names. */
  public static final int CENTURY = 0x32;

  private static final int INDEX_MASK = 0x7f; // the bit above masks NMIs
  private static final int STATUS_A = 0x26; // 32768 Hz, 1024 periodic interrupts
  private static final int STATUS_B = 0x02; // 24 hours, BCD
  private static final int STATUS_D = 0x80; // the battery is good

  private final InstantSource clock;
  private int index;

  /** A clock with this time. */
  public Cmos(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public int read(int port) {
    if (port == INDEX) {
      return index;
    }
    ZonedDateTime now = clock.instant().atZone(ZoneOffset.UTC);
    return switch (index) {
      case 0 -> bcd(now.getSecond());
      case 2 -> bcd(now.getMinute());
      case 4 -> bcd(now.getHour());
      case 6 -> now.getDayOfWeek().getValue() % 7 + 1; // Sunday is 1
      case 7 -> bcd(now.getDayOfMonth());
      case 8 -> bcd(now.getMonthValue());
      case 9 -> bcd(now.getYear() % 100);
      case 10 -> STATUS_A;
      case 11 -> STATUS_B;
      case 13 -> STATUS_D;
      case CENTURY -> bcd(now.getYear() / 100);
      default -> 0;
    };
  }

  private static int bcd(int value) {
    return (value / 10) << 4 | (value % 10);
  }

  @Override
  public void write(int port, int value) {
    if (port == INDEX) {
      index = value & INDEX_MASK;
    }
  }
}
