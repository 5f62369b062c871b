// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvmpl.linux.policy.Policy.Rule;
import dev.kvmpl.linux.writers.KernelModule.Section;
import dev.kvmpl.linux.writers.Writer;
import dev.kvmpl.protocol.stores.StoreAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PolicyTest {
  private static final Protected TEXT = new Protected.KernelText();
  private static final Protected RODATA = new Protected.KernelRodata();
  private static final Protected DISK = new Protected.OfModule("disk", Set.of(Section.DATA));
  private static final Writer KERNEL = new Writer(Writer.Kind.KERNEL, 0, "", "");
  private static final Writer PATCHING = new Writer(Writer.Kind.PATCHING, 0, "", "");
  private static final Writer UNKNOWN = new Writer(Writer.Kind.UNKNOWN, 0, "", "");

  private static Writer module(String name) {
    return new Writer(Writer.Kind.MODULE, 1, name, "");
  }

  private static StoreAnswer answer(Policy policy, int kind, Writer writer) {
    return policy.answer(kind, policy.row(writer));
  }

  @Test
  void withoutRules_kernelMemoryIsForPatchingAlone() {
    Policy policy = new Policy(List.of(TEXT, RODATA), List.of());

    for (int kind = 0; kind < 2; kind++) {
      assertEquals(StoreAnswer.STORE, answer(policy, kind, PATCHING));
      assertEquals(StoreAnswer.GP, answer(policy, kind, KERNEL));
      assertEquals(StoreAnswer.GP, answer(policy, kind, module("disk")));
      assertEquals(StoreAnswer.GP, answer(policy, kind, UNKNOWN));
    }
  }

  @Test
  void withoutRules_aModulesMemoryIsForItAndTheKernel() {
    Policy policy = new Policy(List.of(TEXT, DISK), List.of());

    assertEquals(StoreAnswer.STORE, answer(policy, 1, module("disk")));
    assertEquals(StoreAnswer.STORE, answer(policy, 1, KERNEL));
    assertEquals(StoreAnswer.GP, answer(policy, 1, module("net")));
    assertEquals(StoreAnswer.GP, answer(policy, 1, UNKNOWN));
    assertEquals(StoreAnswer.GP, answer(policy, 0, module("disk")));
  }

  @Test
  void firstRuleThatFits_decides() {
    Policy policy =
        new Policy(
            List.of(TEXT, RODATA),
            List.of(
                new Rule(
                    Optional.of(TEXT),
                    new WriterPattern(Writer.Kind.MODULE, "net"),
                    StoreAnswer.DROP),
                new Rule(Optional.empty(), WriterPattern.any(Writer.Kind.MODULE), StoreAnswer.PF),
                new Rule(
                    Optional.empty(), WriterPattern.any(Writer.Kind.KERNEL), StoreAnswer.OPEN)));

    assertEquals(StoreAnswer.DROP, answer(policy, 0, module("net")));
    assertEquals(StoreAnswer.PF, answer(policy, 1, module("net")));
    assertEquals(StoreAnswer.PF, answer(policy, 0, module("disk")));
    assertEquals(StoreAnswer.PF, answer(policy, 0, UNKNOWN));
    assertEquals(StoreAnswer.OPEN, answer(policy, 1, KERNEL));
    assertEquals(StoreAnswer.STORE, answer(policy, 1, PATCHING));
  }

  @Test
  void watched_isStoredForAll_andWhatIsProtectedStaysSo() {
    Policy policy =
        new Policy(
                List.of(TEXT),
                List.of(
                    new Rule(
                        Optional.empty(), WriterPattern.any(Writer.Kind.MODULE), StoreAnswer.PF)))
            .watching(List.of(RODATA, TEXT));

    assertEquals(List.of(TEXT, RODATA), policy.protects());
    assertEquals(StoreAnswer.PF, answer(policy, 0, module("disk")));
    for (Writer writer : List.of(KERNEL, PATCHING, UNKNOWN, module("disk"))) {
      assertEquals(StoreAnswer.STORE, answer(policy, 1, writer));
    }
  }

  @Test
  void whatIsNotInTheTable_isRefused() {
    Policy policy = new Policy(List.of(TEXT), List.of());

    assertEquals(StoreAnswer.GP, policy.answer(1, 1));
    assertEquals(StoreAnswer.GP, policy.answer(0, 3));
  }

  @Test
  void moreThanThereIsRoomFor_isRefused() {
    List<Protected> many = new ArrayList<>();
    for (int i = 0; i < 33; i++) {
      many.add(new Protected.OfSymbol("s" + i));
    }
    assertThrows(IllegalArgumentException.class, () -> new Policy(many, List.of()));
    List<Protected> modules = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      modules.add(new Protected.OfModule("m" + i, Set.of()));
    }
    assertThrows(IllegalArgumentException.class, () -> new Policy(modules, List.of()));
  }
}
