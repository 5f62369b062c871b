// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.writers;

/**
 * Who stores.
 *
 * @param kind what it is
 * @param module the module's number, 0 if it is none
 * @param name the module's, or empty
 * @param place symbol and offset of the instruction; where a function was called that stores for
 *     anybody, its caller's
 */
public record Writer(Kind kind, int module, String name, String place) {
  /** What stores. */
  public enum Kind {
    /** The kernel's own code. */
    KERNEL,
    /** The kernel's code that changes code: static keys, kprobes, ftrace. */
    PATCHING,
    /** A module's. */
    MODULE,
    /** Code that is neither in the kernel's image nor in a module that is known. */
    UNKNOWN
  }

  /** For people: the policy's word. */
  public String label() {
    return switch (kind) {
      case KERNEL -> "kernel";
      case PATCHING -> "kernel-patching";
      case MODULE -> "module " + name;
      case UNKNOWN -> "unknown code";
    };
  }
}
