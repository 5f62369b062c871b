// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.gdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is answered, packet by packet. */
@RequiresKvm
@Tag("subprocess")
class RemoteProtocolTest {
  private static final String STORE =
      "drivers: [ { name: d, payload: store, arguments: [0x1000000, 8, 1] } ]\n";

  @TempDir Path folder;

  /** A debugger that says what it is told to. */
  private static final class Client implements AutoCloseable {
    private final Socket socket;

    Client(Debugged machine) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), machine.port());
    }

    void send(String text) throws IOException {
      int sum = text.chars().sum() & 0xff;
      socket
          .getOutputStream()
          .write(
              String.format(Locale.ROOT, "$%s#%02x", text, sum)
                  .getBytes(StandardCharsets.ISO_8859_1));
    }

    void interrupt() throws IOException {
      socket.getOutputStream().write(3);
    }

    String receive() throws IOException {
      InputStream in = socket.getInputStream();
      StringBuilder text = new StringBuilder();
      while (in.read() != '$') {
        // acknowledgements
      }
      for (int c = in.read(); c != '#'; c = in.read()) {
        text.append((char) c);
      }
      in.readNBytes(2);
      return text.toString();
    }

    String ask(String text) throws IOException {
      send(text);
      return receive();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static String text(String hex) {
    return new String(HexFormat.of().parseHex(hex), StandardCharsets.UTF_8);
  }

  private static String monitor(Client gdb, String command) throws IOException {
    return text(
        gdb.ask("qRcmd," + HexFormat.of().formatHex(command.getBytes(StandardCharsets.UTF_8))));
  }

  private Debugged machine(String drivers, String... options) throws IOException {
    Path file = folder.resolve("s.yaml");
    Files.writeString(file, "validator: { payload: validator }\n" + drivers);
    String[] all = java.util.Arrays.copyOf(options, options.length + 1);
    all[options.length] = file.toString();
    return new Debugged(folder, all);
  }

  @Test
  void memoryOfVmpl0_isAnErrorBelow_andNotAtVmpl0() throws Exception {
    try (Debugged machine = machine(STORE);
        Client gdb = new Client(machine)) {
      assertEquals("OK", gdb.ask("Hg1"));
      assertEquals("E01", gdb.ask("m900000,4"));
      assertEquals("OK", gdb.ask("Hg2"));
      assertEquals(8, gdb.ask("m900000,4").length());
    }
  }

  @Test
  void fifthBreakpoint_andWhatCannotBe_areErrors() throws Exception {
    try (Debugged machine = machine(STORE);
        Client gdb = new Client(machine)) {
      for (int i = 0; i < 4; i++) {
        assertEquals("OK", gdb.ask("Z0,10100" + i + ",1"));
      }
      assertEquals("E01", gdb.ask("Z0,101008,1"));
      assertEquals("OK", gdb.ask("z0,101000,1"));
      assertEquals("E01", gdb.ask("Z2,1000001,8"));
      assertEquals("", gdb.ask("Z3,1000000,8"));
      assertEquals("", gdb.ask("M1000000,1:00"));
    }
  }

  @Test
  void malformedPackets_areErrors_andTheSessionGoesOn() throws Exception {
    try (Debugged machine = machine(STORE);
        Client gdb = new Client(machine)) {
      assertEquals("E01", gdb.ask("m"));
      assertEquals("E01", gdb.ask("Hgzz"));
      assertEquals("E01", gdb.ask("qRcmd,xyz"));
      assertEquals("E01", gdb.ask("Z0"));
      assertEquals("", gdb.ask("!nothing"));
      assertEquals("QC1", gdb.ask("qC"));
    }
  }

  @Test
  void singleStep_isOneInstruction_andBreakAtStopsAtTheStep() throws Exception {
    try (Debugged machine = machine(STORE, "--break-at", "GRANT");
        Client gdb = new Client(machine)) {
      String before = gdb.ask("p10");
      assertEquals("T05thread:1;", gdb.ask("vCont;s:1;c"));
      assertTrue(!before.equals(gdb.ask("p10")), before);

      assertEquals("step GRANT\n", text(gdb.ask("c").substring(1)));
      assertTrue(gdb.receive().startsWith("T05thread:2;"));
      assertEquals(
          "VMPL0 rwus\nVMPL1 rwus\nVMPL2 ----\nVMPL3 ----\n", monitor(gdb, "rmp 0x1000000"));
      assertEquals("d\n", monitor(gdb, "owner 0x1000000"));
      assertTrue(monitor(gdb, "slots").contains("VMPL1 0x1000000..0x1001000 rwus"));
      assertTrue(monitor(gdb, "help").startsWith("monitor rmp"));
      assertEquals("E01", gdb.ask("P0=0000000000000000")); // an operation is unfinished
      gdb.send("c");
      assertEquals("W00", gdb.receive());
    }
  }

  @Test
  void interrupt_stopsADriverThatLoops_andRegistersCanBeChanged() throws Exception {
    Files.write(folder.resolve("loops.elf"), Payloads.driverFile("loops"));
    try (Debugged machine = machine("drivers: [ { name: d, payload: loops.elf } ]\n");
        Client gdb = new Client(machine)) {
      gdb.send("c");
      gdb.interrupt();
      assertTrue(gdb.receive().startsWith("T05"));
      assertEquals("OK", gdb.ask("P1=8877665544332211"));
      assertEquals("8877665544332211", gdb.ask("p1"));
      assertTrue(text(gdb.ask("qThreadExtraInfo,1")).startsWith("VMPL1 of processor 0"));
    }
  }

  @Test
  void debuggerThatGoes_leavesTheMachineRunning() throws Exception {
    try (Debugged machine = machine(STORE)) {
      try (Client gdb = new Client(machine)) {
        assertEquals("OK", gdb.ask("Z1,101000,1"));
        gdb.send("D");
        assertEquals("OK", gdb.receive());
      }

      assertTrue(machine.ended().endsWith("all expectations held\n"));
    }
  }
}
