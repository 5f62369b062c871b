// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.agent;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_module;
import dev.kvmpl.bindings.abi.kvmpl_module_area;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.linux.protection.Protection;
import dev.kvmpl.linux.protection.VirtualMemory;
import dev.kvmpl.linux.writers.KernelModule;
import dev.kvmpl.linux.writers.KernelModule.Section;
import dev.kvmpl.linux.writers.KernelModules;
import dev.kvmpl.linux.writers.KernelState;
import dev.kvmpl.linux.writers.KernelSymbols;
import dev.kvmpl.linux.writers.WriterFinder;
import dev.kvmpl.observe.Observers;
import dev.kvmpl.processors.GuestCpu;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.trace.Step;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What the agent in the guest tells, by an {@code out} to its port. It is part of the guest: it
 * says what is where and when modules come and go, and cannot open what is the kernel's. Belongs to
 * the machine's lock.
 */
public final class Agent {
  public static final int PORT = Abi.KVMPL_AGENT_PORT();

  /**
   * Bytes of the kernel's symbols: a distribution's kernel has 10 MiB, and Java 64 MiB at least.
   */
  private static final int SYMBOLS_MAX = 16_777_216;

  private static final int STATUS_MAX = 255;

  private final VirtualMemory memory;
  private final KernelModules modules;
  private final WriterFinder writers;
  private final Tasks tasks;
  private final Protection protection;
  private final Observers watching;
  private @Nullable KernelState state; // where there is no agent, until it is ready
  private boolean ready;
  private boolean detects;
  private OptionalInt status = OptionalInt.empty();

  public Agent(
      VirtualMemory memory,
      KernelModules modules,
      WriterFinder writers,
      Tasks tasks,
      Protection protection,
      Observers watching) {
    this.memory = memory;
    this.modules = modules;
    this.writers = writers;
    this.tasks = tasks;
    this.protection = protection;
    this.watching = watching;
  }

  /** Whether all that the policy protects of the kernel is closed. */
  public boolean isReady() {
    return ready;
  }

  /** Whether the guest's kernel detects what its modules attempt, if it is told. */
  public boolean detects() {
    return detects;
  }

  /** With what the guest's command has ended, if it said so. */
  public OptionalInt status() {
    return status;
  }

  /** There is no agent: these are the kernel's symbols. */
  public void replaceBy(KernelSymbols symbols, KernelState kernel) {
    know(symbols);
    state = kernel;
  }

  /** Whether there is no agent, and the kernel itself says that it runs now. */
  public boolean isDue() {
    return state != null && state.isRunning();
  }

  /**
   * Has all closed that is the kernel's, as soon as it {@link #isDue is due}.
   *
   * @throws Protection.ImpossibleException if something cannot be protected
   */
  public void start(GuestCpu cpu) {
    state = null;
    ready(cpu);
  }

  private void know(KernelSymbols symbols) {
    writers.symbols(symbols);
    tasks.symbols(symbols);
  }

  private void ready(GuestCpu cpu) {
    protection.closeKernel(cpu, writers.symbols());
    ready = true;
  }

  /**
   * It tells something; its operation is finished.
   *
   * @throws Protection.ImpossibleException if what it says cannot be followed
   */
  public void call(LevelVcpu by, int what) {
    GuestCpu cpu = by.cpu();
    Registers registers = cpu.registers();
    long value = registers.rbx();
    long length = registers.rcx();
    if (what == Abi.KVMPL_AGENT_SYMBOLS()
        && !ready
        && state == null) { // later ones could be an attacker's
      know(symbols(cpu, value, length));
    } else if (what == Abi.KVMPL_AGENT_TASKS()) {
      tasks.nameOffset(value);
    } else if (what == Abi.KVMPL_AGENT_COMING()) {
      answer(cpu, module(cpu, value).number());
    } else if (what == Abi.KVMPL_AGENT_ASSOCIATE()) {
      answer(cpu, associate(by, value, length) ? 1 : 0);
    } else if (what == Abi.KVMPL_AGENT_WHO()) {
      answer(cpu, writers.driverAt(value));
    } else if (what == Abi.KVMPL_AGENT_DETECTS()) {
      detects = true;
    } else if (what == Abi.KVMPL_AGENT_LIVE()) {
      protection.closeModule(cpu, modules.started(module(cpu, value)));
    } else if (what == Abi.KVMPL_AGENT_GOING()) {
      modules.go(module(cpu, value).name()).ifPresent(protection::openModule);
    } else if (what == Abi.KVMPL_AGENT_READY() && !ready && state == null) {
      ready(cpu);
    } else if (what == Abi.KVMPL_AGENT_STATUS()) {
      status = OptionalInt.of((int) value & STATUS_MAX);
    }
  }

  private KernelSymbols symbols(GuestCpu cpu, long at, long length) {
    if (length < 0 || length > SYMBOLS_MAX) {
      throw new Protection.ImpossibleException(
          Long.toUnsignedString(length)
              + " bytes of symbols that the guest tells of, allowed are "
              + SYMBOLS_MAX);
    }
    return KernelSymbols.of(memory.read(cpu, at, (int) length));
  }

  private static void answer(GuestCpu cpu, long value) {
    cpu.registers().rbx(value);
    cpu.setRegisters();
  }

  /**
   * The guest's kernel has assigned a module its level, and wants it to run there: it does, if that
   * is the level of the vCPU that says so, as it is of all of Linux's. Once for each module.
   */
  private boolean associate(LevelVcpu by, long number, long level) {
    boolean done = level == by.level().number() && modules.associate(number);
    if (done) {
      watching.step(Step.ASSOCIATE, by.watched(), (int) number, Access.WRITE, 0, 0, level);
    }
    return done;
  }

  /** The module that a structure in the guest's memory describes: the one that is known, or new. */
  private KernelModule module(GuestCpu cpu, long at) {
    ByteBuffer told =
        ByteBuffer.wrap(memory.read(cpu, at, (int) kvmpl_module.sizeof()))
            .order(ByteOrder.LITTLE_ENDIAN);
    byte[] name = new byte[Abi.KVMPL_MODULE_NAME()];
    told.get(0, name);
    List<KernelModule.Area> areas = new ArrayList<>();
    for (Section section : Section.values()) {
      int area =
          (int) (kvmpl_module.areas$offset() + section.number() * kvmpl_module_area.sizeof());
      long start = told.getLong(area);
      long bytes = told.getLong(area + (int) kvmpl_module_area.bytes$offset());
      if (start != 0 && bytes > 0 && bytes <= memory.size()) { // else it is none
        areas.add(new KernelModule.Area(section, start, start + bytes));
      }
    }
    String called = new String(name, StandardCharsets.US_ASCII).split("\0", 2)[0];
    Optional<KernelModule> known = modules.byName(called);
    if (known.isPresent() && areas.containsAll(known.get().areas())) {
      return known.get();
    }
    if (known.isEmpty() && modules.isFull()) {
      throw new Protection.ImpossibleException(
          (KernelModules.MOST + 1)
              + " modules that the guest tells of, allowed are "
              + KernelModules.MOST);
    }
    return modules.come(called, areas);
  }
}
