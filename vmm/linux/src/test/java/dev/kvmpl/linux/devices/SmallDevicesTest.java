// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.devices;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SmallDevicesTest {
  private final List<String> pressed = new ArrayList<>();
  private final PowerButton power =
      new PowerButton() {
        @Override
        public void powerOff() {
          pressed.add("off");
        }

        @Override
        public void reset() {
          pressed.add("reset");
        }
      };

  @Test
  void sleepOfTheTypeOff_switchesOff() {
    Ports ports = new Ports();
    AcpiPower acpi = new AcpiPower(power);
    ports.add(acpi, AcpiPower.EVENTS, AcpiPower.EVENTS_LENGTH);
    ports.add(acpi, AcpiPower.CONTROL, AcpiPower.CONTROL_LENGTH);
    ports.write(AcpiPower.EVENTS + 2, 2, 0x0120);

    assertEquals(0x0120, ports.read(AcpiPower.EVENTS + 2, 2));
    assertEquals(0, ports.read(AcpiPower.EVENTS, 2));
    assertEquals(1, ports.read(AcpiPower.CONTROL, 2));
    ports.write(AcpiPower.CONTROL, 2, AcpiPower.SLEEP_TYPE_OFF << 10);
    ports.write(AcpiPower.CONTROL, 2, 1 << 13 | 1 << 10);
    assertEquals(List.of(), pressed);
    ports.write(AcpiPower.CONTROL, 2, 1 << 13 | AcpiPower.SLEEP_TYPE_OFF << 10);
    assertEquals(List.of("off"), pressed);
  }

  @Test
  void pulseOfTheResetLine_resets() {
    KeyboardController keyboard = new KeyboardController(power);

    keyboard.write(KeyboardController.DATA, 0xfe);
    keyboard.write(KeyboardController.COMMAND, 0xaa);
    assertEquals(List.of(), pressed);
    keyboard.write(KeyboardController.COMMAND, 0xfe);

    assertEquals(List.of("reset"), pressed);
    assertEquals(0xff, keyboard.read(KeyboardController.COMMAND));
  }

  @Test
  void clock_hasTheTimeInDecimalDigits() {
    Cmos cmos = new Cmos(() -> Instant.parse("2031-12-07T23:58:59Z")); // a Sunday

    assertEquals(
        List.of(0x59, 0x58, 0x23, 1, 0x07, 0x12, 0x31, 0x20),
        List.of(0, 2, 4, 6, 7, 8, 9, Cmos.CENTURY).stream()
            .map(
                index -> {
                  cmos.write(Cmos.INDEX, index | 0x80);
                  return cmos.read(Cmos.INDEX + 1);
                })
            .toList());
  }
}
