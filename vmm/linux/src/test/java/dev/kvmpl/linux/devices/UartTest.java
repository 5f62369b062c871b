// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.devices;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class UartTest {
  private static final int DATA = Uart.COM1;
  private static final int INTERRUPT_ENABLE = Uart.COM1 + 1;
  private static final int INTERRUPT_ID = Uart.COM1 + 2;
  private static final int LINE_CONTROL = Uart.COM1 + 3;
  private static final int MODEM_CONTROL = Uart.COM1 + 4;
  private static final int LINE_STATUS = Uart.COM1 + 5;

  private final StringBuilder sent = new StringBuilder();
  private boolean line;
  private final Uart uart = new Uart(high -> line = high, value -> sent.append((char) value));

  @Test
  void data_isSent() {
    uart.write(DATA, 'a');
    uart.write(DATA, 'b');

    assertEquals("ab", sent.toString());
  }

  @Test
  void divisor_isNoData() {
    uart.write(LINE_CONTROL, 0x83);
    uart.write(DATA, 0x0c);
    uart.write(INTERRUPT_ENABLE, 0x01);

    assertEquals("", sent.toString());
    assertEquals(0x0c, uart.read(DATA));
    assertEquals(0x01, uart.read(INTERRUPT_ENABLE));
  }

  @Test
  void transmitter_interruptsOnceItIsEmpty_untilThatIsRead() {
    uart.write(INTERRUPT_ENABLE, 2);
    assertTrue(line);

    assertEquals(2, uart.read(INTERRUPT_ID));
    assertFalse(line);
    assertEquals(1, uart.read(INTERRUPT_ID));

    uart.write(DATA, 'a');
    assertTrue(line);
  }

  @Test
  void received_interruptsUntilItIsTaken() {
    uart.write(INTERRUPT_ENABLE, 1);
    uart.receive('x');
    uart.receive('y');

    assertTrue(line);
    assertEquals(4, uart.read(INTERRUPT_ID));
    assertEquals(0x61, uart.read(LINE_STATUS));
    assertEquals('x', uart.read(DATA));
    assertTrue(line);
    assertEquals('y', uart.read(DATA));
    assertFalse(line);
    assertEquals(0x60, uart.read(LINE_STATUS));
  }

  @Test
  void whatComesBeforeAnybodyListens_isNotLost() {
    for (char c = 'a'; c <= 'z'; c++) {
      uart.receive(c);
    }
    uart.write(INTERRUPT_ID, 7); // clears the FIFOs
    uart.write(INTERRUPT_ENABLE, 1);
    uart.write(INTERRUPT_ID, 7); // and once more, as Linux does

    StringBuilder received = new StringBuilder();
    while ((uart.read(LINE_STATUS) & 1) != 0) {
      received.append((char) uart.read(DATA));
    }

    assertEquals("abcdefghijklmnopqrstuvwxyz", received.toString());
  }

  @Test
  void loopBack_sendsNothingOut() {
    uart.write(MODEM_CONTROL, 0x1a);
    uart.write(DATA, 'q');

    assertEquals("", sent.toString());
    assertEquals('q', uart.read(DATA));
    assertEquals(0x90, uart.read(Uart.COM1 + 6)); // RTS and OUT2 come back as CTS and DCD
  }
}
