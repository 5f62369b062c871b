// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_console;
import dev.kvmpl.bindings.abi.kvmpl_console_record;
import dev.kvmpl.kvm.debug.GuestDebug;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rings as guests write them, honest and not. */
class ConsolesTest {
  private static final long GPA = 0x3000;

  private final GuestMemory memory = GuestMemory.allocate(2 << 20);
  private final Consoles consoles = new Consoles();
  private long head;

  ConsolesTest() {
    WatchedVcpu vcpu = new WatchedVcpu(0, "vcpu0", Vmpl.VMPL1, 0, 0, 0, GPA, new Still());
    consoles.launched(
        new LaunchedMachine(
            System.nanoTime(), memory, new Rmp(512), List.of(vcpu), List.of(), () -> {}, () -> {}));
  }

  /** A clock that nobody can read. */
  private static final class Still implements WatchedVcpu.Cpu {
    @Override
    public long rip() {
      return 0;
    }

    @Override
    public Registers registers() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void setRegisters() {
      throw new UnsupportedOperationException();
    }

    @Override
    public long translate(long virtualAddress) {
      return -1;
    }

    @Override
    public void debug(GuestDebug wanted) {
      throw new UnsupportedOperationException();
    }

    @Override
    public GuestClock clock() {
      return new GuestClock(0, 0, OptionalLong.empty());
    }
  }

  @AfterEach
  void close() {
    memory.close();
  }

  private void write(int driver, int length, String text) {
    long at =
        GPA
            + kvmpl_console.records$offset()
            + head % Abi.KVMPL_CONSOLE_CAPACITY() * kvmpl_console_record.sizeof();
    memory.putInt(at + kvmpl_console_record.driver$offset(), driver);
    memory.putInt(at + kvmpl_console_record.length$offset(), length);
    memory.write(at + kvmpl_console_record.text$offset(), text.getBytes(StandardCharsets.UTF_8));
    head++;
    memory.putLong(GPA + kvmpl_console.head$offset(), head);
  }

  private void write(int driver, String text) {
    write(driver, text.length(), text);
  }

  private List<String> lines() {
    return consoles.end().stream().map(line -> line.driver() + " " + line.text()).toList();
  }

  @Test
  void line_ofSeveralRecords_isOne_andOneRecordMayHaveSeveral() {
    write(1, "half a ");
    write(1, "line\nand\n\nmore");

    assertEquals(List.of("1 half a line", "1 and", "1 ", "1 more"), lines());
  }

  @Test
  void somebodyElsesWords_areALineOfTheirOwn() {
    write(1, "I am ");
    write(2, "somebody else\n");

    assertEquals(List.of("1 I am ", "2 somebody else"), lines());
  }

  @Test
  void lineOfNoEnd_goesOnInTheNext() {
    String full = "x".repeat(Abi.KVMPL_CONSOLE_TEXT());
    for (int i = 0; i < 10; i++) {
      write(1, full);
    }

    List<PrintedLine> lines = consoles.end();

    assertEquals(2, lines.size());
    assertEquals(Consoles.LINE_MAX, lines.getFirst().text().length());
  }

  @Test
  void lengthThatIsALie_isCutToWhatThereIs() {
    write(1, Integer.MAX_VALUE, "a\n");
    write(1, -1, "b\n");

    assertEquals("1 a", lines().getFirst());
  }

  @Test
  void headThatIsALie_isLostRecords_andNotMoreLinesThanTheRingHas() {
    memory.putLong(GPA + kvmpl_console.head$offset(), Long.MIN_VALUE);

    consoles.end();

    assertEquals(Long.MAX_VALUE, consoles.lost());
  }

  @Test
  void linesBeyondTheLimit_areCounted() {
    for (int i = 0; i < Consoles.LINES_MAX + 5; i++) {
      write(1, "a\n");
      consoles.exit(
          new WatchedVcpu(0, "vcpu0", Vmpl.VMPL1, 0, 0, 0, GPA, new Still()),
          0,
          new dev.kvmpl.kvm.exit.VcpuExit.Interrupted());
    }

    assertEquals(Consoles.LINES_MAX, consoles.end().size());
    assertEquals(5, consoles.lost());
  }
}
