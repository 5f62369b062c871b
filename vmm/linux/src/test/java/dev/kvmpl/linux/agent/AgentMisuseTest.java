// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.agent;

import static dev.kvmpl.linux.script.ScriptedLinux.DISK;
import static dev.kvmpl.linux.script.ScriptedLinux.DISK_DATA;
import static dev.kvmpl.linux.script.ScriptedLinux.DISK_TEXT;
import static dev.kvmpl.linux.script.ScriptedLinux.IMAGE;
import static dev.kvmpl.linux.script.ScriptedLinux.MODULES;
import static dev.kvmpl.linux.script.ScriptedLinux.RODATA;
import static dev.kvmpl.linux.script.ScriptedLinux.TEXT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_module;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.script.ScriptedLinux;
import dev.kvmpl.linux.writers.KernelModule.Section;
import dev.kvmpl.observe.RunRecorder;
import dev.kvmpl.script.Exits;
import dev.kvmpl.spec.Recording;
import dev.kvmpl.trace.Step;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Whoever may execute {@code out} in the guest says anything to the agent's port: it opens nothing
 * of the kernel's, asks VMPL0 nothing, and ends at worst its own machine, with one line.
 */
class AgentMisuseTest {
  private static final int ORDERS = Integer.getInteger("kvmpl.orders", 60);
  private static final int STEPS = 60;
  private static final long TOLD = 0x200000;
  private static final Policy POLICY =
      new Policy(
          List.of(
              new Protected.KernelText(),
              new Protected.KernelRodata(),
              new Protected.OfModule(DISK, Set.of(Section.TEXT, Section.DATA))),
          List.of());

  private static long any(Random random) {
    long[] some = {
      0,
      1,
      2,
      7,
      -1,
      Long.MIN_VALUE,
      Long.MAX_VALUE,
      TOLD,
      IMAGE,
      IMAGE + TEXT,
      MODULES + DISK_TEXT,
      1L << 24,
      (1L << 32) + 1,
      1L << 47,
      0xfffffffffffff000L
    };
    return random.nextInt(4) == 0
        ? random.nextLong()
        : some[random.nextInt(some.length)] + random.nextInt(3) - 1;
  }

  /** What the port's words may point to: a module's structure, symbols, or neither. */
  private static byte[] anything(Random random) {
    byte[] bytes = new byte[(int) kvmpl_module.sizeof()];
    if (random.nextBoolean()) {
      random.nextBytes(bytes);
      return bytes;
    }
    String[] names = {DISK, "net", "", "\n\n", "kernel", "\u00ff"};
    byte[] name = names[random.nextInt(names.length)].getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(name, 0, bytes, 0, name.length);
    ByteBuffer areas = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long[] starts = {
      MODULES + DISK_TEXT, MODULES + DISK_DATA, IMAGE + TEXT, MODULES + RODATA, 0, -1, 4096
    };
    for (int at = (int) kvmpl_module.areas$offset(); at + 16 <= bytes.length; at += 16) {
      areas.putLong(at, starts[random.nextInt(starts.length)]);
      areas.putLong(at + 8, random.nextInt(3) == 0 ? any(random) : 4096L * random.nextInt(4));
    }
    return bytes;
  }

  private static void assertOneLine(ScriptedLinux linux) {
    if (linux.end.ending() != null) {
      assertFalse(linux.failure().isEmpty());
      assertFalse(linux.failure().contains("\n"), linux.failure());
    }
  }

  @Test
  void words_openNothingOfTheKernels_andAskNothing() {
    for (int seed = 0; seed < 5 * ORDERS; seed++) {
      Random random = new Random(seed);
      RunRecorder steps = new RunRecorder(Recording.STEPS);
      try (ScriptedLinux linux = ScriptedLinux.detecting(POLICY)) {
        linux.watch(steps);
        for (int i = 0; i < STEPS && linux.end.ending() == null; i++) {
          linux.memory().write(TOLD, anything(random));
          linux.cpu(0).registers().rcx(any(random));
          linux.cpu(0).registers().rbx(random.nextBoolean() ? TOLD : any(random));
          int size = random.nextInt(8) == 0 ? 1 << random.nextInt(2) : Integer.BYTES;
          linux.exit(Exits.out(Agent.PORT, size, random.nextInt(16)));
          assertEquals("", linux.asked(), "seed " + seed);
        }
        assertOneLine(linux);
        assertFalse(linux.isOpen(TEXT), "seed " + seed);
        assertFalse(linux.isOpen(RODATA), "seed " + seed);
        assertEquals(
            0,
            steps.steps().stream().filter(e -> e.step() != Step.ASSOCIATE).count(),
            "seed " + seed);
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  @Test
  void symbols_areTaken_orEndTheMachine() {
    String[] parts = {
      "ffffffff81000000 T _text\n",
      "ffffffff81002000 T _etext\n",
      "ffffffff81004000 R __start_rodata\n",
      "ffffffff81006000 R __end_rodata\n",
      "0000000000000040 D pcpu_hot\n",
      "zzzzzzzzzzzzzzzz D pcpu_hot\n",
      "a\n",
      "\n",
      "ffffffff81000000",
      "ffffffffffffffff T _etext\n",
      " D pcpu_hot\n",
      "\0",
      "ffffffff81000000 T \n",
      "0000000000000000 A current_task\n",
      "-000000000000001 D current_task\n"
    };
    for (int seed = 0; seed < 5 * ORDERS; seed++) {
      Random random = new Random(seed);
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(12); i >= 0; i--) {
        text.append(parts[random.nextInt(parts.length)]);
      }
      try (ScriptedLinux linux = ScriptedLinux.booted(POLICY, 1)) {
        linux.tellSymbols(text.toString());
        linux.tell(Abi.KVMPL_AGENT_READY(), 0, 0);
        linux.exit(Exits.store(RODATA, 8, 1));
        assertOneLine(linux);
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + text, e);
      }
    }
  }
}
