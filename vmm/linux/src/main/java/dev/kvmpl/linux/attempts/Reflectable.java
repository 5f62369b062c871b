// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.attempts;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Question;
import org.jspecify.annotations.Nullable;

/**
 * A store that Linux can be told of, by an exception at its instruction: its kernel detects it and
 * asks, and only then VMPL0 decides. Until it asks, nothing is stored.
 */
interface Reflectable extends Question {
  /** Who knows of a store. */
  enum Told {
    /** The hypervisor alone. */
    NOT,
    /** The guest's kernel is told, and has not asked. */
    WAITS,
    /** It has asked. */
    ASKED,
    /** It has asked, and VMPL0 has allowed it: the CPU executes it when it is back there. */
    ALLOWED
  }

  /** Tells Linux, when its vCPU runs on. */
  void tell();

  /**
   * Whether Linux was told, has not asked, and means this by what an exception's frame has. The
   * stack tells threads and interrupts' handlers apart that are at the same instruction.
   */
  boolean isAbout(LevelVcpu by, long rip, long stack);

  /** Nobody is going to ask any more, or to execute what was allowed: nothing is stored. */
  void forget();

  /** Whether all of it goes where Linux may store by now. */
  boolean isOpen();

  /**
   * Has it done without asking, because it {@link #isOpen is open}.
   *
   * @return null, or why that cannot be done exactly
   */
  @Nullable String finish();

  /** Whether nothing is awaited any more. */
  boolean isFree();

  /** Whose it is: a module's number. */
  int driver();

  /** Where it stores first. */
  long gpa();

  /** How many bytes there. */
  int length();

  /** Has VMPL0 decide; it runs next. */
  void ask();

  /** Linux has asked: this is what has come of it. */
  static void answer(LevelVcpu by, boolean done) {
    by.cpu().registers().rbx(done ? Abi.KVMPL_DETECTED_DONE() : Abi.KVMPL_DETECTED_REFUSED());
    by.cpu().setRegisters();
  }
}
