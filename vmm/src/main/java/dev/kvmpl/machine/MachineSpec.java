// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.BootInfo;
import java.time.Duration;
import java.util.List;

/**
 * What a machine is made of.
 *
 * @param memorySize bytes, a multiple of 2 MiB, {@link Layout#MEMORY_MIN} to {@link
 *     Layout#MEMORY_MAX}
 * @param restricted ranges of kernel memory that no driver may write
 * @param drivers in the order in which they run; driver numbers in results count from 1
 * @param kernel the payload that starts the drivers, at VMPL1
 * @param validator the payload that judges them, at VMPL0
 * @param timeLimit after which the machine is stopped
 * @param recording what is kept of the run
 */
public record MachineSpec(
    long memorySize,
    List<PageRange> restricted,
    List<Driver> drivers,
    PayloadImage kernel,
    PayloadImage validator,
    Duration timeLimit,
    Recording recording) {
  public MachineSpec {
    restricted = List.copyOf(restricted);
    drivers = List.copyOf(drivers);
    if (drivers.size() > BootInfo.DRIVERS_MAX) {
      throw new IllegalArgumentException(
          drivers.size() + " drivers, allowed are " + BootInfo.DRIVERS_MAX);
    }
  }

  /**
   * A driver.
   *
   * @param name for people
   * @param owns kernel memory that is assigned to it from the start
   * @param arguments at most {@link BootInfo#ARGUMENTS_MAX} numbers for its code
   */
  public record Driver(
      String name, PayloadImage payload, List<PageRange> owns, List<Long> arguments) {
    public Driver {
      owns = List.copyOf(owns);
      arguments = List.copyOf(arguments);
      if (arguments.size() > BootInfo.ARGUMENTS_MAX) {
        throw new IllegalArgumentException(
            arguments.size() + " arguments, allowed are " + BootInfo.ARGUMENTS_MAX);
      }
    }
  }

  /** How much is kept of a run. The run is the same whatever is kept. */
  public enum Recording {
    /** Nothing but the outcome and the counts of exits: for measuring. */
    NOTHING,
    /** Also every operation that was judged. */
    OPERATIONS,
    /** Also every step, and the operations that made no exit. */
    STEPS
  }
}
