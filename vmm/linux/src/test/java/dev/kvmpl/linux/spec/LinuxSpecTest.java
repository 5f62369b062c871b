// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.linux.boot.InitialRamDisk;
import dev.kvmpl.linux.boot.KernelImage;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.writers.KernelSymbols;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.PayloadImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinuxSpecTest {
  private static final int NOTE = 0x180;
  private static final int NOTE_SIZE = 0x18;

  private static LinuxSpec spec(String commandLine, int processors, long memory) throws Exception {
    return spec(commandLine, processors, memory, Policy.none(), KernelSymbols.none());
  }

  private static LinuxSpec spec(
      String commandLine, int processors, long memory, Policy policy, KernelSymbols symbols)
      throws Exception {
    return new LinuxSpec(
        PayloadImage.parse(payload()),
        KernelImage.of(kernel()),
        new InitialRamDisk(new byte[0]),
        commandLine,
        processors,
        memory,
        EnforcementKind.SLOTS,
        policy,
        symbols);
  }

  @Test
  void detectionByLinuxsPageTables_isRefused() throws Exception {
    LinuxSpec trap = spec("", 1, 256 << 20);

    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new LinuxSpec(
                    trap.validator(),
                    trap.kernel(),
                    trap.initialRamDisk(),
                    "",
                    1,
                    256 << 20,
                    EnforcementKind.SLOTS,
                    Detection.FAULT,
                    Policy.none(),
                    KernelSymbols.none()));

    assertTrue(String.valueOf(e.getMessage()).contains("allowed are trap and reflect"));
    assertEquals(Detection.TRAP, trap.detection());
  }

  @Test
  void symbolsWithoutTheKernelsState_areRefused() {
    KernelSymbols symbols = symbols("ffffffff81000000 T _text\n");

    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> spec("", 1, 256 << 20, Policy.none(), symbols));

    assertTrue(String.valueOf(e.getMessage()).contains("have no system_state"), e::toString);
  }

  @Test
  void modules_cannotBeProtectedWithoutTheAgent() {
    Policy policy = new Policy(List.of(new Protected.OfModule("disk", Set.of())), List.of());
    KernelSymbols symbols = symbols("ffffffff81000000 D system_state\n");

    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> spec("", 1, 256 << 20, policy, symbols));

    assertTrue(
        String.valueOf(e.getMessage()).startsWith("module disk cannot be protected without"),
        e::toString);
  }

  private static KernelSymbols symbols(String text) {
    return KernelSymbols.of(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** The least that is a payload. */
  private static byte[] payload() {
    byte[] elf = elf(3, 0);
    ByteBuffer file = ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN);
    file.putShort(56, (short) 2);
    file.putInt(64 + 56, 4); // a note
    file.putLong(64 + 56 + 8, NOTE);
    file.putLong(64 + 56 + 32, NOTE_SIZE);
    file.putLong(64 + 56 + 40, NOTE_SIZE);
    file.putInt(NOTE, 6);
    file.putInt(NOTE + 4, Integer.BYTES);
    file.putInt(NOTE + 8, Abi.KVMPL_NOTE_ABI());
    file.put(NOTE + 12, new byte[] {'k', 'v', 'm', 'p', 'l'});
    file.putInt(NOTE + 20, Abi.KVMPL_ABI_VERSION());
    return elf;
  }

  private static byte[] kernel() {
    return elf(2, 0x1000000);
  }

  private static byte[] elf(int type, long at) {
    ByteBuffer elf = ByteBuffer.allocate(0x200).order(ByteOrder.LITTLE_ENDIAN);
    elf.putInt(0, 0x464c457f);
    elf.put(4, (byte) 2);
    elf.put(5, (byte) 1);
    elf.put(6, (byte) 1);
    elf.putShort(16, (short) type);
    elf.putShort(18, (short) 62);
    elf.putLong(24, at + 0x100);
    elf.putLong(32, 64);
    elf.putShort(54, (short) 56);
    elf.putShort(56, (short) 1);
    elf.putInt(64, 1);
    elf.putLong(64 + 16, at);
    elf.putLong(64 + 24, at);
    elf.putLong(64 + 32, 0x200);
    elf.putLong(64 + 40, 0x200);
    return elf.array();
  }

  @Test
  void commandLine_endsWithTheUsers() throws Exception {
    LinuxSpec spec = spec("debug a=b", 1, 256 << 20);

    assertTrue(spec.wholeCommandLine().startsWith("console=ttyS0 nokaslr"));
    assertTrue(spec.wholeCommandLine().endsWith(" debug a=b"));
    assertTrue(spec("", 1, 256 << 20).wholeCommandLine().endsWith("panic=-1"));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 268435456, allowed are 1 to 4",
    "5, 268435456, allowed are 1 to 4",
    "1, 134217727, allowed are even numbers from 128 to 3072",
    "1, 33554432, allowed are even numbers",
    "1, 4294967296, allowed are even numbers",
  })
  void valueThatIsNotAllowed_isSaid(int processors, long memory, String why) {
    Exception e = assertThrows(IllegalArgumentException.class, () -> spec("", processors, memory));

    assertTrue(String.valueOf(e.getMessage()).contains(why), e::toString);
  }

  @Test
  void commandLineThatDoesNotFit_isRefused() throws Exception {
    int room = 2048 - 2 - spec("", 1, 256 << 20).wholeCommandLine().length();

    assertEquals(2047, spec("x".repeat(room), 1, 256 << 20).wholeCommandLine().length());
    assertThrows(IllegalArgumentException.class, () -> spec("x".repeat(room + 1), 1, 256 << 20));
    assertThrows(IllegalArgumentException.class, () -> spec("caf\u00e9", 1, 256 << 20));
  }
}
