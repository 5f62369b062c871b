// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.attempts;

import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.linux.agent.Agent;
import dev.kvmpl.linux.agent.Tasks;
import dev.kvmpl.linux.observe.Attempt;
import dev.kvmpl.linux.observe.AttemptObserver;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.protection.Protection;
import dev.kvmpl.linux.protection.VirtualMemory;
import dev.kvmpl.linux.writers.KernelModules;
import dev.kvmpl.linux.writers.Writer;
import dev.kvmpl.linux.writers.WriterFinder;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.observe.Observers;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.stores.CodeWindow;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.List;

/** What is known of the kernel at VMPL1, and who is told of its attempts. */
public final class LinuxSide {
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
  private final Refusals refusals = new Refusals();
  private final SingleStep step;
  private final StoreAddress addresses;
  private final Agent agent;
  private final Observers watching;
  private final List<AttemptObserver> observers = new ArrayList<>();
  private long startNs = System.nanoTime();

  /**
   * @param boots the vCPU of the processor that boots
   */
  public LinuxSide(
      GuestMemory memory,
      Permissions permissions,
      Policy policy,
      Observers watching,
      WatchedVcpu boots) {
    this.watching = watching;
    this.memory = memory;
    this.permissions = permissions;
    this.policy = policy;
    this.virtual = new VirtualMemory(memory);
    this.tasks = new Tasks(virtual);
    this.protection =
        new Protection(
            virtual,
            memory,
            permissions,
            policy,
            (gpa, length, access) -> watching.permitted(boots, Vmpl.VMPL1, gpa, length, access));
    this.step = new SingleStep(permissions);
    this.addresses = new StoreAddress(virtual, new CodeWindow(memory));
    this.agent = new Agent(virtual, modules, writers, tasks, protection, watching);
  }

  public GuestMemory memory() {
    return memory;
  }

  public Permissions permissions() {
    return permissions;
  }

  public Policy policy() {
    return policy;
  }

  public VirtualMemory virtual() {
    return virtual;
  }

  public WriterFinder writers() {
    return writers;
  }

  public Tasks tasks() {
    return tasks;
  }

  public Agent agent() {
    return agent;
  }

  public Refusals refusals() {
    return refusals;
  }

  public SingleStep step() {
    return step;
  }

  /** The virtual address by which the vCPU stores or has stored there; the image's if in doubt. */
  public long addressOf(LevelVcpu by, long gpa) {
    return addresses.of(by, gpa, gpa < IMAGE_MAX ? IMAGE + gpa : gpa);
  }

  /** The machine runs from then on, as {@link System#nanoTime} counts. */
  public void launchedAt(long ns) {
    startNs = ns;
  }

  /** Since the machine was launched. */
  public long elapsedNs() {
    return System.nanoTime() - startNs;
  }

  /** Whether Linux may store there without asking. */
  public boolean isOpen(long gpa, int length) {
    return permissions.allows(gpa, length, Vmpl.VMPL1, PagePermissions.WRITE);
  }

  public Protection protection() {
    return protection;
  }

  /**
   * VMPL0 has answered about somebody's store: if that module has gone meanwhile, nothing is its.
   *
   * @param since how often something was {@linkplain Protection#changes closed or opened} when
   *     VMPL0 was asked
   * @return whether the answer is about what is no more: other memory, or another writer
   */
  boolean isOutdated(Writer writer, long since) {
    boolean gone = !writers.now(writer).equals(writer);
    if (gone) {
      protection.withdraw(writer.module());
    }
    return gone || protection.changes() != since;
  }

  /** The policy's name of what is at an address; empty if it is nothing that is protected. */
  public String what(long gpa) {
    Protected found = protection.at(gpa);
    return found == null ? "" : found.label();
  }

  /** What is there, as symbol and offset, if it is in the kernel's image. */
  public String target(long gpa) {
    return writers.symbols().describe(gpa < IMAGE_MAX ? IMAGE + gpa : gpa);
  }

  /** From now on told of attempts. */
  public void observe(AttemptObserver observer) {
    observers.add(observer);
  }

  /** Whoever watches the machine. */
  public Observers watching() {
    return watching;
  }

  /** A step of a store's way, for whoever watches. */
  void step(Step step, LevelVcpu of, Writer writer, long gpa, int length, long data) {
    watching.step(step, of.watched(), writer.module(), Access.WRITE, gpa, length, data);
  }

  public void judged(Attempt attempt) {
    observers.forEach(observer -> observer.judged(attempt));
  }
}
