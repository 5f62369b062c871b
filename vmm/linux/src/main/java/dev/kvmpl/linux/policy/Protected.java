// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.policy;

import dev.kvmpl.linux.writers.KernelModule.Section;
import dev.kvmpl.memory.PageRange;
import java.util.Set;

/** Something that a policy protects. */
public sealed interface Protected {
  /** The name in documents. */
  String label();

  /** The kernel's code, {@code _text} to {@code _etext}. */
  record KernelText() implements Protected {
    @Override
    public String label() {
      return "kernel-text";
    }
  }

  /** Its constants and what is constant once it has started, the system call table among it. */
  record KernelRodata() implements Protected {
    @Override
    public String label() {
      return "kernel-rodata";
    }
  }

  /** A module's memory, from when it has started until it goes. */
  record OfModule(String name, Set<Section> sections) implements Protected {
    public OfModule {
      sections = Set.copyOf(sections);
    }

    @Override
    public String label() {
      return "module " + name;
    }
  }

  /** The page in which a symbol of the kernel's is. */
  record OfSymbol(String name) implements Protected {
    @Override
    public String label() {
      return "symbol " + name;
    }
  }

  /** Guest-physical memory. */
  record OfRange(PageRange range) implements Protected {
    @Override
    public String label() {
      return "gpa " + range;
    }
  }
}
