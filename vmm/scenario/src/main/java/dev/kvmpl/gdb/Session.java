// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.gdb;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.gdb.GdbServer.Event;
import dev.kvmpl.kvm.exit.OptInExit;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.observe.LaunchedMachine;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.trace.Step;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * One GDB with one machine. Commands are served while the machine is paused, by one thread; what
 * the vCPUs' threads leave here for it they leave before the pause.
 */
final class Session {
  private static final String SIGNAL = "05"; // SIGTRAP
  private static final long SECONDS_TO_SAY_GOODBYE = 2;

  private final LaunchedMachine machine;
  private final List<WatchedVcpu> vcpus;
  private final int[]
      drivers; // by the vCPUs' numbers, as the hypervisor had it at their last exits
  private final boolean[] unfinished; // whether the operation of the last exit is
  private final BlockingQueue<Event> events;
  private final Runnable started;
  private final Breakpoints breakpoints = new Breakpoints();
  private final Commands commands;
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile boolean attached;
  private volatile int stoppedAt;
  private volatile String reason = "";
  private boolean begun;

  Session(
      LaunchedMachine machine, Scenario scenario, BlockingQueue<Event> events, Runnable started) {
    this.machine = machine;
    this.events = events;
    this.started = started;
    vcpus = machine.vcpus().stream().sorted(Comparator.comparingInt(WatchedVcpu::number)).toList();
    drivers = new int[vcpus.size()];
    unfinished = new boolean[vcpus.size()];
    commands = new Commands(machine, vcpus, scenario, breakpoints, drivers, unfinished);
  }

  boolean attached() {
    return attached;
  }

  /** A vCPU has left the guest. */
  void left(WatchedVcpu vcpu, int driver, VcpuExit exit) {
    drivers[vcpu.number()] = driver;
    unfinished[vcpu.number()] =
        !(exit instanceof OptInExit.Debug || exit instanceof VcpuExit.Interrupted);
  }

  /** It has come to a breakpoint, or has made its step. */
  void hit(WatchedVcpu vcpu, OptInExit.Debug debug) {
    stoppedAt = vcpu.number();
    int index = debug.breakpoint();
    reason =
        index == OptInExit.Debug.NONE || index >= breakpoints.count()
            ? ""
            : switch (breakpoints.get(index).watch()) {
              case EXECUTION -> "hwbreak:;";
              case WRITE -> "watch:" + Long.toHexString(breakpoints.get(index).address()) + ";";
              case ACCESS -> "awatch:" + Long.toHexString(breakpoints.get(index).address()) + ";";
            };
  }

  /** The hypervisor has come to the step at which the user wants to stop. */
  void reached(WatchedVcpu vcpu, Step step) {
    stoppedAt = vcpu.number();
    reason = "";
    events.add(new Event.Reached(step));
  }

  /** Serves commands until GDB goes or the machine ends. */
  void serve(Packets packets) throws IOException, InterruptedException {
    attached = true;
    boolean running = false;
    while (true) {
      switch (events.take()) {
        case Event.Gone ignored -> {
          return;
        }
        case Event.Ended ignored -> {
          if (running) {
            packets.write("W00");
          }
          return;
        }
        case Event.Stopped ignored -> {
          if (running) {
            running = false;
            packets.write(stop());
          }
        }
        case Event.Packet packet when packet.text().equals(Packets.INTERRUPT) -> {
          reason = "";
          machine.pause().run();
        }
        case Event.Reached reached -> {
          if (running) {
            packets.write("O" + Commands.hex("step " + reached.step().label() + "\n"));
          }
        }
        case Event.Packet packet -> {
          String text = packet.text();
          if (text.equals("?")) {
            packets.write(stop());
          } else if (text.equals("D") || text.startsWith("D;") || text.equals("k")) {
            packets.write("OK");
            return;
          } else if (isResumption(text)) {
            running = resume(packets, text);
          } else {
            packets.write(answer(text));
          }
        }
      }
    }
  }

  private String answer(String text) {
    try {
      return commands.answer(text);
    } catch (SyscallException | IllegalArgumentException | IndexOutOfBoundsException e) {
      return "E01";
    }
  }

  private static boolean isResumption(String text) {
    return text.startsWith("vCont;") || text.equals("c") || text.equals("s");
  }

  /** Runs on, with a step of one vCPU if that is wanted; false if the host cannot do it. */
  private boolean resume(Packets packets, String text) throws IOException {
    int stepping = commands.stepping(text);
    try {
      for (WatchedVcpu vcpu : vcpus) {
        vcpu.cpu().debug(breakpoints.wish(vcpu.number() == stepping));
      }
    } catch (SyscallException e) {
      packets.write("E01");
      return false;
    }
    reason = "";
    goOn();
    return true;
  }

  private void goOn() {
    if (begun) {
      machine.resume().run();
    } else {
      begun = true;
      started.run();
    }
  }

  private String stop() {
    commands.choose(stoppedAt);
    return "T" + SIGNAL + "thread:" + Commands.thread(stoppedAt) + ";" + reason;
  }

  /** GDB has gone: no breakpoint is left, and the machine runs on. */
  void letGo() {
    attached = false;
    try {
      for (WatchedVcpu vcpu : vcpus) {
        vcpu.cpu().debug(new Breakpoints().wish(false));
      }
    } catch (SyscallException e) {
      // The machine has ended, and its vCPUs with it.
    }
    goOn();
    over.countDown();
  }

  /** Once the machine is over: until GDB has been told. */
  void awaitEnd() {
    try {
      over.await(SECONDS_TO_SAY_GOODBYE, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
