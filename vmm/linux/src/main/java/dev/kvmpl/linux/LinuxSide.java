// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux;

import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.writers.KernelModules;
import dev.kvmpl.linux.writers.WriterFinder;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.stores.CodeWindow;
import java.util.ArrayList;
import java.util.List;

/** What is known of the kernel at VMPL1, and who is told of its attempts. */
final class LinuxSide {
  /** Where a kernel's image is mapped, of which physical address 0 would be here. */
  private static final long IMAGE = 0xffffffff80000000L;

  private static final long IMAGE_MAX = 512L << 20;

  private final GuestMemory memory;
  private final Permissions permissions;
  private final Policy policy;
  private final VirtualMemory virtual;
  private final KernelModules modules = new KernelModules();
  private final WriterFinder writers = new WriterFinder(modules);
  private final Tasks tasks;
  private final Protection protection;
  private final Refusals refusals;
  private final SingleStep step;
  private final StoreAddress addresses;
  private final Agent agent;
  private final List<AttemptObserver> observers = new ArrayList<>();
  private final long startNs = System.nanoTime();

  LinuxSide(LinuxParts parts, Policy policy) {
    this.memory = parts.memory();
    this.permissions = parts.permissions();
    this.policy = policy;
    this.virtual = new VirtualMemory(memory);
    this.tasks = new Tasks(virtual);
    this.protection = new Protection(virtual, memory, permissions, policy);
    this.refusals = new Refusals(parts.vcpus());
    this.step = new SingleStep(permissions, parts.vcpus());
    this.addresses = new StoreAddress(virtual, new CodeWindow(memory));
    this.agent = new Agent(virtual, modules, writers, tasks, protection);
  }

  GuestMemory memory() {
    return memory;
  }

  Permissions permissions() {
    return permissions;
  }

  Policy policy() {
    return policy;
  }

  VirtualMemory virtual() {
    return virtual;
  }

  WriterFinder writers() {
    return writers;
  }

  Tasks tasks() {
    return tasks;
  }

  Agent agent() {
    return agent;
  }

  Refusals refusals() {
    return refusals;
  }

  SingleStep step() {
    return step;
  }

  /** The virtual address by which the vCPU stores or has stored there; the image's if in doubt. */
  long addressOf(LevelVcpu by, long gpa) {
    return addresses.of(by, gpa, gpa < IMAGE_MAX ? IMAGE + gpa : gpa);
  }

  /** Since the machine was made. */
  long elapsedNs() {
    return System.nanoTime() - startNs;
  }

  /** The policy's name of what is at an address; empty if it is nothing that is protected. */
  String what(long gpa) {
    Protected found = protection.at(gpa);
    return found == null ? "" : found.label();
  }

  /** What is there, as symbol and offset, if it is in the kernel's image. */
  String target(long gpa) {
    return writers.symbols().describe(gpa < IMAGE_MAX ? IMAGE + gpa : gpa);
  }

  /** From now on told of attempts. */
  void observe(AttemptObserver observer) {
    observers.add(observer);
  }

  void judged(Attempt attempt) {
    observers.forEach(observer -> observer.judged(attempt));
  }
}
