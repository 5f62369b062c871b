// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.devices;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntConsumer;

/**
 * A serial port: a 16550A (National Semiconductor PC16550D), whose transmitter is always empty and
 * whose other end is always there. Its ports are eight in a row.
 */
public final class Uart implements PortDevice {
  /** The first of its ports, as the first serial port of a PC. */
  public static final int COM1 = 0x3f8;

  /** How many ports it has. */
  public static final int PORTS = 8;

  /** Its line at the interrupt controller. */
  public static final int COM1_IRQ = 4;

  private static final int DATA = 0; // with DLAB: the divisor's low byte
  private static final int INTERRUPT_ENABLE = 1; // with DLAB: its high byte
  private static final int INTERRUPT_ID = 2; // written: FIFO control
  private static final int LINE_CONTROL = 3;
  private static final int MODEM_CONTROL = 4;
  private static final int LINE_STATUS = 5;
  private static final int MODEM_STATUS = 6;
  private static final int SCRATCH = 7;

  private static final int IER_RECEIVED = 1;
  private static final int IER_EMPTY = 1 << 1;
  private static final int IER_MASK = 0xf;
  private static final int IIR_NONE = 1;
  private static final int IIR_EMPTY = 2;
  private static final int IIR_RECEIVED = 4;
  private static final int IIR_FIFO = 0xc0;
  private static final int FCR_ENABLE = 1;
  private static final int FCR_CLEAR_RECEIVER = 1 << 1;
  private static final int LCR_DLAB = 1 << 7;
  private static final int MCR_LOOP = 1 << 4;
  private static final int MCR_MASK = 0x1f;
  private static final int LSR_RECEIVED = 1;
  private static final int LSR_EMPTY = 0x60;
  private static final int MSR_THERE = 0xb0; // carrier, data set ready, clear to send

  private final InterruptLine line;
  private final IntConsumer out;

  /**
   * What the other end wants to send: it waits as long as the guest does not listen, so that no
   * byte of it gets lost where a driver clears its FIFO.
   */
  private final Deque<Integer> wire = new ArrayDeque<>();

  /** What has come back in loop-back mode. */
  private final Deque<Integer> looped = new ArrayDeque<>();

  private int divisor = 1;
  private int interruptEnable;
  private int fifoControl;
  private int lineControl;
  private int modemControl;
  private int scratch;

  /** Whether the transmitter has become empty and nobody has been told. */
  private boolean emptied;

  /**
   * @param out gets each byte that is sent
   */
  public Uart(InterruptLine line, IntConsumer out) {
    this.line = line;
    this.out = out;
  }

  /** A byte comes in from the other end; it waits as long as the guest does not listen. */
  public void receive(int value) {
    wire.add(value & 0xff);
    update();
  }

  @Override
  public int read(int port) {
    boolean latch = (lineControl & LCR_DLAB) != 0;
    return switch (port % PORTS) {
      case DATA -> latch ? divisor & 0xff : take();
      case INTERRUPT_ENABLE -> latch ? divisor >>> Byte.SIZE : interruptEnable;
      case INTERRUPT_ID -> identify();
      case LINE_CONTROL -> lineControl;
      case MODEM_CONTROL -> modemControl;
      case LINE_STATUS -> LSR_EMPTY | (hasReceived() ? LSR_RECEIVED : 0);
      case MODEM_STATUS -> modemStatus();
      default -> scratch;
    };
  }

  private int take() {
    Integer value = looped.poll();
    if (value == null && listens()) {
      value = wire.poll();
    }
    update();
    return value == null ? 0 : value;
  }

  private boolean listens() {
    return (interruptEnable & IER_RECEIVED) != 0;
  }

  private boolean hasReceived() {
    return !looped.isEmpty() || (listens() && !wire.isEmpty());
  }

  private int identify() {
    int fifo = (fifoControl & FCR_ENABLE) != 0 ? IIR_FIFO : 0;
    int pending = pending();
    if (pending == IIR_EMPTY) {
      emptied = false; // being read is what acknowledges it
      update();
    }
    return pending | fifo;
  }

  private int pending() {
    if (listens() && hasReceived()) {
      return IIR_RECEIVED;
    }
    return (interruptEnable & IER_EMPTY) != 0 && emptied ? IIR_EMPTY : IIR_NONE;
  }

  /** In loop-back mode the modem's outputs are its inputs. */
  private int modemStatus() {
    if ((modemControl & MCR_LOOP) == 0) {
      return MSR_THERE;
    }
    return (modemControl & 0xc) << 4 | (modemControl & 2) << 3 | (modemControl & 1) << 5;
  }

  @Override
  public void write(int port, int value) {
    boolean latch = (lineControl & LCR_DLAB) != 0;
    switch (port % PORTS) {
      case DATA -> {
        if (latch) {
          divisor = (divisor & 0xff00) | value;
        } else {
          send(value);
        }
      }
      case INTERRUPT_ENABLE -> {
        if (latch) {
          divisor = (divisor & 0xff) | value << Byte.SIZE;
        } else {
          emptied |= (value & ~interruptEnable & IER_EMPTY) != 0;
          interruptEnable = value & IER_MASK;
          update();
        }
      }
      case INTERRUPT_ID -> {
        fifoControl = value;
        if ((value & FCR_CLEAR_RECEIVER) != 0) {
          looped.clear();
          update();
        }
      }
      case LINE_CONTROL -> lineControl = value;
      case MODEM_CONTROL -> modemControl = value & MCR_MASK;
      case SCRATCH -> scratch = value;
      default -> {} // status registers
    }
  }

  private void send(int value) {
    if ((modemControl & MCR_LOOP) != 0) {
      looped.add(value);
    } else {
      out.accept(value);
    }
    emptied = true;
    line.set(false); // so that it is an edge, if the last one has not been taken yet
    update();
  }

  private void update() {
    line.set(pending() != IIR_NONE);
  }
}
