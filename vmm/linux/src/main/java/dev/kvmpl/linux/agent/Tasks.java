// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.agent;

import dev.kvmpl.linux.protection.VirtualMemory;
import dev.kvmpl.linux.writers.KernelSymbols;
import dev.kvmpl.processors.GuestCpu;
import java.util.List;
import java.util.OptionalLong;

/** Which task a vCPU runs, as far as the agent has told where that is kept. */
public final class Tasks {
  /** Where a processor has the running task's structure: the first that the kernel has. */
  private static final List<String> CURRENT = List.of("pcpu_hot", "current_task");

  private static final int NAME_BYTES = 16; // TASK_COMM_LEN

  private final VirtualMemory memory;
  private long nameOffset;
  private OptionalLong current = OptionalLong.empty();

  public Tasks(VirtualMemory memory) {
    this.memory = memory;
  }

  /** Where in a task's structure its name is. */
  public void nameOffset(long offset) {
    nameOffset = offset;
  }

  /** The symbols from now on. */
  public void symbols(KernelSymbols symbols) {
    current =
        CURRENT.stream()
            .map(symbols::perCpu)
            .filter(OptionalLong::isPresent)
            .findFirst()
            .orElse(OptionalLong.empty());
  }

  /** The running task's name, empty if nobody knows. */
  public String running(GuestCpu cpu) {
    if (nameOffset == 0 || current.isEmpty()) {
      return "";
    }
    long task = memory.word(cpu, cpu.gsBase() + current.getAsLong());
    return memory.text(cpu, task + nameOffset, NAME_BYTES);
  }
}
