// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux;

import dev.kvmpl.attempts.Attempts;
import dev.kvmpl.exits.ExitDispatcher;
import dev.kvmpl.exits.Watchdog;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.fd.Closing;
import dev.kvmpl.kvm.irq.Interrupts;
import dev.kvmpl.linux.attempts.LinuxSide;
import dev.kvmpl.linux.boot.Boot;
import dev.kvmpl.linux.devices.AcpiPower;
import dev.kvmpl.linux.devices.Cmos;
import dev.kvmpl.linux.devices.KeyboardController;
import dev.kvmpl.linux.devices.Ports;
import dev.kvmpl.linux.devices.Uart;
import dev.kvmpl.linux.exits.LinuxEnd;
import dev.kvmpl.linux.exits.LinuxExits;
import dev.kvmpl.linux.launch.LinuxLaunch;
import dev.kvmpl.linux.launch.LinuxParts;
import dev.kvmpl.linux.observe.AttemptObserver;
import dev.kvmpl.linux.observe.AttemptRecorder;
import dev.kvmpl.linux.protection.Protection;
import dev.kvmpl.linux.spec.LinuxSpec;
import dev.kvmpl.linux.writers.KernelState;
import dev.kvmpl.observe.LaunchedMachine;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.observe.RunRecorder;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Processor;
import dev.kvmpl.processors.Processors;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.protocol.tables.ValidatorTables;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.PayloadsTooLargeException;
import dev.kvmpl.spec.Policy;
import dev.kvmpl.spec.Recording;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * One machine: an unmodified Linux at VMPL1, a validator at VMPL0, on one memory. Runs once. Its
 * methods may be called from any thread; the vCPUs have threads of their own, which have ended when
 * {@link #run} returns.
 */
public final class LinuxMachine implements AutoCloseable {
  private final Deque<AutoCloseable> resources = new ArrayDeque<>();
  private final LinuxParts parts;
  private final LinuxEnd end = new LinuxEnd();
  private final Ports ports = new Ports();
  private final Uart uart;
  private final Console console;
  private final ExitDispatcher validators;
  private final LinuxExits exits;
  private final LinuxSide side;
  private final AttemptRecorder recorder = new AttemptRecorder();
  private boolean over; // under the lock of the exits

  /**
   * Builds the machine; nothing runs yet.
   *
   * @throws dev.kvmpl.bindings.SyscallException if KVM refuses something
   */
  public LinuxMachine(Kvm kvm, LinuxSpec spec, Console console)
      throws Boot.TooSmallException, PayloadsTooLargeException {
    this.console = console;
    try {
      parts = LinuxLaunch.launch(kvm, spec, resources);
    } catch (RuntimeException | Error | Boot.TooSmallException | PayloadsTooLargeException e) {
      Closing.after(e, this);
      throw e;
    }
    Interrupts interrupts = parts.interrupts();
    uart = new Uart(high -> interrupts.line(Uart.COM1_IRQ, high), console::sent);
    ports.add(uart, Uart.COM1, Uart.PORTS);
    ports.add(new Cmos(InstantSource.system()), Cmos.INDEX, Cmos.PORTS);
    KeyboardController keyboard = new KeyboardController(end);
    ports.add(keyboard, KeyboardController.DATA, 1);
    ports.add(keyboard, KeyboardController.COMMAND, 1);
    AcpiPower power = new AcpiPower(end);
    ports.add(power, AcpiPower.EVENTS, AcpiPower.EVENTS_LENGTH);
    ports.add(power, AcpiPower.CONTROL, AcpiPower.CONTROL_LENGTH);
    Attempts attempts = attempts();
    validators = validators(attempts);
    side =
        new LinuxSide(
            parts.memory(),
            parts.permissions(),
            spec.policy(),
            parts.observers(),
            parts.processors().boots().vcpuOf(Vmpl.VMPL1).watched());
    side.observe(recorder);
    if (spec.symbols().count() > 0) {
      side.agent().replaceBy(spec.symbols(), new KernelState(parts.memory(), spec.symbols()));
    }
    exits =
        new LinuxExits(
            validators,
            attempts.deliveries(),
            ports,
            end,
            side,
            spec.processors(),
            spec.detection());
  }

  private Attempts attempts() {
    return new Attempts(
        parts.memory(),
        parts.processors(),
        parts.permissions(),
        parts.drivers(),
        parts.observers(),
        false,
        false,
        Policy.ENFORCE);
  }

  private ExitDispatcher validators(Attempts attempts) {
    return new ExitDispatcher(
        parts.memory(),
        MemoryLayout.PAYLOADS,
        Detection.TRAP,
        parts.processors(),
        parts.permissions(),
        parts.drivers(),
        attempts,
        parts.observers());
  }

  /** Has somebody told of attempts, before the machine runs. */
  public void observe(AttemptObserver observer) {
    side.observe(observer);
  }

  /** Sends bytes to the guest's serial port; once the machine has ended nobody gets them. */
  public void type(byte[] bytes) {
    exits.locked(
        () -> {
          for (int i = 0; i < bytes.length && !over; i++) {
            uart.receive(bytes[i]);
          }
        });
  }

  /**
   * Opens what the policy protects under that name, until it is {@link #lock locked}. Stores there
   * are neither caught nor judged meanwhile. The guest has no way to ask for it.
   *
   * @param what as the policy calls it, such as {@code kernel-text} or {@code module disk}
   * @return how many pages are open now; empty if the policy protects nothing of that name
   * @throws NoRoomException if the host has no room for so many pieces of memory: all of it stays
   *     as it is, and the machine runs on
   * @throws IllegalStateException if the machine has ended
   */
  public OptionalInt unlock(String what) {
    String[] refused = {""};
    OptionalInt pages =
        change(
            () -> {
              try {
                return side.protection().unlock(what);
              } catch (Protection.ImpossibleException e) {
                refused[0] = String.valueOf(e.getMessage());
                return OptionalInt.empty();
              }
            });
    if (!refused[0].isEmpty()) {
      throw new NoRoomException(refused[0]);
    }
    return pages;
  }

  /**
   * Closes what was {@link #unlock unlocked}, all that has come to it meanwhile with it.
   *
   * @return how many pages are closed now; empty if the policy protects nothing of that name
   * @throws IllegalStateException if the machine has ended, as it does if not all can be closed
   */
  public OptionalInt lock(String what) {
    return change(() -> side.protection().lock(what));
  }

  private OptionalInt change(Supplier<OptionalInt> change) {
    OptionalInt[] pages = {OptionalInt.empty()};
    exits.locked(
        () -> {
          if (!over) {
            exits.protect(() -> pages[0] = change.get());
          }
          if (over || end.ending() != null) {
            throw new IllegalStateException("the machine has ended");
          }
        });
    return pages[0];
  }

  /**
   * Runs the machine to its end, at most as long as that.
   *
   * @param observers are told what happens, in this order; none of them can pause it
   * @throws InterruptedException if the calling thread is interrupted; the machine has ended then
   */
  public LinuxResult run(Duration timeLimit, Observer... observers) throws InterruptedException {
    List<Rmp.Run> before = parts.permissions().rmp().column(Vmpl.VMPL1);
    RunRecorder steps =
        new RunRecorder(observers.length == 0 ? Recording.NOTHING : Recording.STEPS);
    Instant launch = Instant.now();
    long start = System.nanoTime();
    side.launchedAt(start);
    launched(start, steps, observers);
    boolean inTime = runThreads(start, timeLimit.toNanos());
    exits.locked(() -> over = true);
    console.pause();
    LinuxEnd.Ending ending = end.ending();
    if (ending == null) {
      String why =
          inTime
              ? "stopped"
              : "not done after " + timeLimit.toMillis() + " ms" + validators.stalled();
      ending = new LinuxEnd.Ending(Outcome.TIMED_OUT, why);
    }
    return new LinuxResult(
        ending.outcome(),
        ending.message(),
        launch,
        System.nanoTime() - start,
        side.agent().isReady(),
        side.agent().status(),
        recorder.attempts(),
        recorder.lost(),
        ports.unknown(),
        steps.exits(),
        steps.steps(),
        steps.interrupts(),
        before,
        side.protection().atFirst(),
        side.protection().owners(),
        new ValidatorTables(parts.memory(), MemoryLayout.PAYLOADS.tables()).readOwnership());
  }

  private void launched(long start, Observer first, Observer[] others) {
    parts.observers().add(first);
    for (Observer observer : others) {
      parts.observers().add(observer);
    }
    parts
        .observers()
        .launched(
            new LaunchedMachine(
                start,
                parts.memory(),
                parts.permissions().rmp(),
                parts.processors().vcpus().stream().map(LevelVcpu::watched).toList(),
                List.of(),
                () -> {},
                () -> {}));
  }

  private boolean runThreads(long start, long limitNs) throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    Processors processors = parts.processors();
    processors.boots().run(processors.launched());
    try {
      for (Processor processor : processors.all()) {
        processor.handOver().start(processor.vcpus(), exits, ended::countDown);
        if (processor != processors.boots()) {
          processor.run(processor.vcpuOf(Vmpl.VMPL1)); // it waits for its kernel's SIPI
        }
      }
      for (long left; (left = start + limitNs - System.nanoTime()) > 0; watch()) {
        if (ended.await(Math.min(left, Watchdog.PERIOD_NS), TimeUnit.NANOSECONDS)) {
          return true;
        }
      }
      return false;
    } finally {
      processors.all().forEach(processor -> processor.handOver().end());
      processors.all().forEach(processor -> processor.handOver().stop());
    }
  }

  private void watch() {
    exits.locked(
        () -> {
          validators.watch();
          console.pause();
        });
  }

  /** Closes vCPUs, then VMs with their slots, then the memory; all, even if one refuses. */
  @Override
  public void close() {
    List<AutoCloseable> open = List.copyOf(resources);
    resources.clear();
    Closing.all(open);
  }
}
