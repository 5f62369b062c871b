// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.BootInfo;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import java.util.Optional;

/**
 * A driver.
 *
 * @param name for people
 * @param level VMPL1 to VMPL3
 * @param processors where it runs, 0 to {@link BootInfo#PROCESSORS_MAX} - 1: on processor 0 in its
 *     turn, on others from the start
 * @param cpl 0; or {@link #HOSTED}, at VMPL1 on processor 0, with detection trap: it runs at CPL 3
 *     in an address space of its own
 * @param owns kernel memory that is assigned to it from the start
 * @param unload whether it is unloaded when it is done: what it owns is nobody's then
 * @param arguments at most {@link BootInfo#ARGUMENTS_MAX} numbers for its code
 * @param permissions what it may do, and nothing else; empty if nothing is stored about it: then it
 *     may do in memory what nobody keeps from it, and has no ports and no MSRs
 */
public record Driver(
    String name,
    PayloadImage payload,
    Vmpl level,
    List<Integer> processors,
    int cpl,
    List<PageRange> owns,
    boolean unload,
    List<Long> arguments,
    Optional<List<Permission>> permissions) {
  /** The CPL of a driver that the guest kernel hosts. */
  public static final int HOSTED = Abi.KVMPL_CPL_HOSTED();

  /** A driver; whether there can be one is checked with its machine. */
  public Driver {
    processors = List.copyOf(processors);
    owns = List.copyOf(owns);
    arguments = List.copyOf(arguments);
    permissions = permissions.map(List::copyOf);
  }

  /** Starts to describe a driver: at CPL 0 of VMPL1, on processor 0, owning nothing. */
  public static Builder named(String name, PayloadImage payload) {
    return new Builder(name, payload);
  }

  /** Starts to describe a driver that differs from this one. */
  public Builder but() {
    Builder builder =
        named(name, payload)
            .level(level)
            .processors(processors)
            .cpl(cpl)
            .owns(owns)
            .unload(unload)
            .arguments(arguments);
    permissions.ifPresent(builder::permissions);
    return builder;
  }

  /** What a driver has beside its name and its code. Not thread-safe. */
  public static final class Builder {
    private final String name;
    private final PayloadImage payload;
    private Vmpl level = Vmpl.VMPL1;
    private List<Integer> processors = List.of(0);
    private int cpl;
    private List<PageRange> owns = List.of();
    private boolean unload;
    private List<Long> arguments = List.of();
    private Optional<List<Permission>> permissions = Optional.empty();

    private Builder(String name, PayloadImage payload) {
      this.name = name;
      this.payload = payload;
    }

    /** Its level. */
    public Builder level(Vmpl vmpl) {
      level = vmpl;
      return this;
    }

    /** Where it runs. */
    public Builder processors(List<Integer> apicIds) {
      processors = apicIds;
      return this;
    }

    /** Its CPL: 0, or {@link #HOSTED}. */
    public Builder cpl(int privilege) {
      cpl = privilege;
      return this;
    }

    /** Kernel memory that is its own from the start. */
    public Builder owns(List<PageRange> ranges) {
      owns = ranges;
      return this;
    }

    /** Whether it is unloaded when it is done. */
    public Builder unload(boolean whenDone) {
      unload = whenDone;
      return this;
    }

    /** Numbers for its code. */
    public Builder arguments(List<Long> numbers) {
      arguments = numbers;
      return this;
    }

    /** What it may do, and nothing else. */
    public Builder permissions(List<Permission> stored) {
      permissions = Optional.of(stored);
      return this;
    }

    /** The driver. */
    public Driver build() {
      return new Driver(
          name, payload, level, processors, cpl, owns, unload, arguments, permissions);
    }
  }
}
