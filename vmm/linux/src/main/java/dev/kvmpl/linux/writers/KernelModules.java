// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.writers;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The modules that are in a kernel now, as its agent tells. Belongs to the machine's lock. */
public final class KernelModules {
  private final List<KernelModule> modules = new ArrayList<>();
  private final Set<Integer> associated = new HashSet<>(); // their numbers
  private int last;

  /** The most that there can be at a time: many times what a distribution's kernel loads. */
  public static final int MOST = 4096;

  /** None yet. */
  public KernelModules() {}

  /** One comes, in the place of what had its name. */
  public KernelModule come(String name, List<KernelModule.Area> areas) {
    go(name);
    KernelModule module = new KernelModule(++last, name, areas);
    modules.add(module);
    return module;
  }

  /**
   * One runs at its level from now on: until then nobody knows its code.
   *
   * @return whether there is such a module
   */
  public boolean associate(long number) {
    return modules.stream().anyMatch(module -> module.number() == number)
        && associated.add((int) number);
  }

  /** Whether it has its level. */
  public boolean isAssociated(KernelModule module) {
    return isAssociated(module.number());
  }

  /** Whether the one of that number has its level: one that has gone has none. */
  public boolean isAssociated(int number) {
    return associated.contains(number);
  }

  /** Whether there is room for none more. */
  public boolean isFull() {
    return modules.size() == MOST;
  }

  /** One has started: what it had for that alone is freed, and may be another's next. */
  public KernelModule started(KernelModule module) {
    KernelModule rest =
        new KernelModule(
            module.number(),
            module.name(),
            module.areas().stream().filter(area -> !area.section().isForStart()).toList());
    modules.remove(module);
    modules.add(rest);
    return rest;
  }

  /** One goes. */
  public Optional<KernelModule> go(String name) {
    Optional<KernelModule> gone = byName(name);
    gone.ifPresent(
        module -> {
          modules.remove(module);
          associated.remove(module.number());
        });
    return gone;
  }

  /** The one of that name. */
  public Optional<KernelModule> byName(String name) {
    return modules.stream().filter(module -> module.name().equals(name)).findFirst();
  }

  /** The one that has the address. */
  public Optional<KernelModule> at(long address) {
    return modules.stream().filter(module -> module.has(address)).findFirst();
  }
}
