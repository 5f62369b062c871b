// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.observe;

import dev.kvmpl.linux.writers.Writer;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.stores.StoreAnswer;

/**
 * A store to closed memory that VMPL0 has judged. What KVM does in parts, and what one instruction
 * repeats, is one.
 *
 * @param timeNs since the machine was launched
 * @param processor the APIC id of its processor
 * @param task the name of the task that was running, empty if nobody knows
 * @param what the policy's name of what is there
 * @param target symbol and offset there, as far as it is known
 * @param gpa the first byte's guest-physical address
 * @param length bytes
 * @param data the first 8 bytes of what was to be stored, little-endian
 * @param exits by how many exits KVM has told of it
 * @param answer what became of it
 * @param verdict why
 */
public record Attempt(
    long timeNs,
    int processor,
    Writer writer,
    String task,
    String what,
    String target,
    long gpa,
    int length,
    long data,
    int exits,
    StoreAnswer answer,
    Verdict verdict) {
  /** Whether another is what the same instruction does next. */
  public boolean goesOnWith(Attempt next) {
    return next.gpa == gpa + length
        && next.processor == processor
        && next.writer.equals(writer)
        && next.answer == answer
        && next.what.equals(what)
        && next.task.equals(task);
  }

  /** Both together. */
  public Attempt with(Attempt next) {
    return new Attempt(
        timeNs,
        processor,
        writer,
        task,
        what,
        target,
        gpa,
        length + next.length,
        data,
        exits + next.exits,
        answer,
        verdict);
  }
}
