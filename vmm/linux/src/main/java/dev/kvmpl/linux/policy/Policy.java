// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.policy;

import dev.kvmpl.linux.writers.Writer;
import dev.kvmpl.protocol.stores.StoreAnswer;
import dev.kvmpl.protocol.stores.StorePolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is protected, and what becomes of whose stores there: the first rule that is about both, and
 * where there is none what is safe. Code patching is stored, since Linux cannot go on without. In
 * the kernel's memory nobody else writes once it has started; a module's belongs to it and to the
 * kernel.
 *
 * @param protects at most {@link StorePolicy#KINDS}
 * @param rules in the order in which they are looked at
 */
public record Policy(List<Protected> protects, List<Rule> rules) {
  /** Rows of the table in which no module's name counts. */
  private static final int KERNEL = 0;

  private static final int PATCHING = 1;
  private static final int ANY_MODULE = 2;
  private static final int FIRST_NAMED = 3;

  /**
   * What becomes of some stores.
   *
   * @param what where; empty for everything that is protected
   */
  public record Rule(Optional<Protected> what, WriterPattern who, StoreAnswer answer) {}

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException if there is more of something than there is room for
   */
  public Policy {
    protects = List.copyOf(protects);
    rules = List.copyOf(rules);
    if (protects.size() > StorePolicy.KINDS) {
      throw new IllegalArgumentException(
          protects.size() + " protected things, allowed are " + StorePolicy.KINDS);
    }
    int named = names(protects, rules).size();
    if (named > StorePolicy.ROWS - FIRST_NAMED) {
      throw new IllegalArgumentException(
          named + " different modules, allowed are " + (StorePolicy.ROWS - FIRST_NAMED));
    }
  }

  /**
   * The same, and more that is closed to see who stores there: all of it is stored, whoever it is.
   * What is protected as well stays so.
   */
  public Policy watching(List<Protected> watched) {
    List<Protected> all = new ArrayList<>(protects);
    List<Rule> first = new ArrayList<>();
    for (Protected one : watched) {
      if (!all.contains(one)) {
        all.add(one);
        for (Writer.Kind who :
            List.of(Writer.Kind.KERNEL, Writer.Kind.PATCHING, Writer.Kind.MODULE)) {
          first.add(new Rule(Optional.of(one), WriterPattern.any(who), StoreAnswer.STORE));
        }
      }
    }
    first.addAll(rules);
    return new Policy(all, first);
  }

  /** The policy of a machine in which nothing is protected. */
  public static Policy none() {
    return new Policy(List.of(), List.of());
  }

  private static List<String> names(List<Protected> protects, List<Rule> rules) {
    List<String> names = new ArrayList<>();
    for (Rule rule : rules) {
      names.add(rule.who.name());
    }
    for (Protected one : protects) {
      names.add(one instanceof Protected.OfModule module ? module.name() : "");
    }
    return names.stream().filter(name -> !name.isEmpty()).distinct().toList();
  }

  /** Who stores, as VMPL0's table has it: a row. */
  public int row(Writer writer) {
    return switch (writer.kind()) {
      case KERNEL -> KERNEL;
      case PATCHING -> PATCHING;
      case MODULE, UNKNOWN -> {
        int named = names(protects, rules).indexOf(writer.name());
        yield named < 0 ? ANY_MODULE : FIRST_NAMED + named;
      }
    };
  }

  /** What becomes of a store of that row, in the memory of that number among what is protected. */
  public StoreAnswer answer(int kind, int row) {
    List<String> names = names(protects, rules);
    if (kind >= protects.size() || row >= FIRST_NAMED + names.size()) {
      return StoreAnswer.GP;
    }
    Writer.Kind writer =
        switch (row) {
          case KERNEL -> Writer.Kind.KERNEL;
          case PATCHING -> Writer.Kind.PATCHING;
          default -> Writer.Kind.MODULE;
        };
    String module = row < FIRST_NAMED ? "" : names.get(row - FIRST_NAMED);
    Protected what = protects.get(kind);
    for (Rule rule : rules) {
      if (rule.who.matches(writer, module)
          && (rule.what.isEmpty() || rule.what.get().equals(what))) {
        return rule.answer;
      }
    }
    return otherwise(what, writer, module);
  }

  private static StoreAnswer otherwise(Protected what, Writer.Kind writer, String module) {
    boolean legitimate =
        switch (what) {
          case Protected.KernelText ignored -> writer == Writer.Kind.PATCHING;
          case Protected.KernelRodata ignored -> writer == Writer.Kind.PATCHING;
          case Protected.OfModule its -> writer != Writer.Kind.MODULE || its.name().equals(module);
          case Protected.OfSymbol ignored -> writer != Writer.Kind.MODULE;
          case Protected.OfRange ignored -> writer != Writer.Kind.MODULE;
        };
    return legitimate ? StoreAnswer.STORE : StoreAnswer.GP;
  }
}
