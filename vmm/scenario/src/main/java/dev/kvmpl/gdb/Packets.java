// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.gdb;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Packets of the remote protocol over a stream: {@code $text#checksum}, each acknowledged. */
final class Packets {
  /** In the place of a packet: the user wants the machine to stop. */
  static final String INTERRUPT = "\u0003";

  /** Characters of a packet. */
  static final int PACKET_MAX = 0x4000;

  private static final char ESCAPE = '}';
  private static final int ESCAPED = 0x20;

  private final InputStream in;
  private final OutputStream out;

  Packets(InputStream in, OutputStream out) {
    this.in = in;
    this.out = out;
  }

  /** The next one; empty text at the stream's end. */
  String read() throws IOException {
    while (true) {
      int c = in.read();
      if (c < 0) {
        return "";
      }
      if (c == INTERRUPT.charAt(0)) {
        return INTERRUPT;
      }
      if (c == '$') {
        String text = rest();
        if (text != null) {
          return text;
        }
      }
    }
  }

  /** What is behind the dollar; null if its sum is wrong, and it has been asked for again. */
  private @Nullable String rest() throws IOException {
    StringBuilder text = new StringBuilder();
    int sum = 0;
    for (int c; (c = in.read()) != '#'; ) {
      if (c < 0 || text.length() > PACKET_MAX) {
        throw new IOException("a packet without an end");
      }
      sum += c;
      if (c == ESCAPE) {
        c = in.read();
        sum += c;
        c ^= ESCAPED;
      }
      text.append((char) c);
    }
    String told = "" + (char) in.read() + (char) in.read();
    boolean right = told.equalsIgnoreCase(String.format(Locale.ROOT, "%02x", sum & 0xff));
    out.write(right ? '+' : '-');
    out.flush();
    return right ? text.toString() : null;
  }

  /** Sends one; its acknowledgement is passed over with what comes before the next packet. */
  void write(String text) throws IOException {
    StringBuilder packet = new StringBuilder("$");
    int sum = 0;
    for (byte b : text.getBytes(StandardCharsets.ISO_8859_1)) {
      char c = (char) (b & 0xff);
      if (c == '$' || c == '#' || c == ESCAPE || c == '*') {
        packet.append(ESCAPE).append((char) (c ^ ESCAPED));
        sum += ESCAPE + (c ^ ESCAPED);
      } else {
        packet.append(c);
        sum += c;
      }
    }
    packet.append(String.format(Locale.ROOT, "#%02x", sum & 0xff));
    out.write(packet.toString().getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }
}
