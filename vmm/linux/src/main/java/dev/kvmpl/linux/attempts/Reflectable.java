// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.attempts;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Question;

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
    ASKED
  }

  /** Tells Linux, when its vCPU runs on. */
  void tell();

  /** Whether Linux was told, has not asked, and means this by that address. */
  boolean isAbout(LevelVcpu by, long rip);

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
