// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.gdb;

import dev.kvmpl.kvm.exit.OptInExit;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.observe.LaunchedMachine;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.trace.Step;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Lets one GDB debug a machine by the remote protocol: the machine waits for it before it runs.
 * When GDB goes away, the machine runs on without it.
 */
public final class GdbServer implements Observer, AutoCloseable {
  private final ServerSocket listening;
  private final Scenario scenario;
  private final Optional<Step> breakAt;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final CountDownLatch started = new CountDownLatch(1);
  private @Nullable Session session;

  /**
   * Listens.
   *
   * @param breakAt a step of the protocol at which the machine stops
   * @throws IOException if nobody can listen there
   */
  public GdbServer(InetSocketAddress address, Scenario scenario, Optional<Step> breakAt)
      throws IOException {
    this.scenario = scenario;
    this.breakAt = breakAt;
    listening = new ServerSocket(address.getPort(), 1, address.getAddress());
  }

  /** What happens, in the order in which it is dealt with. */
  sealed interface Event {
    /** GDB has said something. */
    record Packet(String text) implements Event {}

    /** The hypervisor has come to the step at which the user wants to stop. */
    record Reached(Step step) implements Event {}

    /** No vCPU is in the guest any more. */
    record Stopped() implements Event {}

    /** The machine has come to its end. */
    record Ended() implements Event {}

    /** GDB has gone. */
    record Gone() implements Event {}
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return new InetSocketAddress(listening.getInetAddress(), listening.getLocalPort());
  }

  @Override
  public void launched(LaunchedMachine machine) {
    session = new Session(machine, scenario, events, started::countDown);
    Thread.ofPlatform().daemon().name("gdb").start(this::serve);
    try {
      started.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void serve() {
    try (Socket socket = listening.accept()) {
      socket.setTcpNoDelay(true);
      Packets packets = new Packets(socket.getInputStream(), socket.getOutputStream());
      Thread.ofPlatform().daemon().name("gdb-packets").start(() -> read(packets));
      if (session != null) {
        session.serve(packets);
      }
    } catch (IOException e) {
      // GDB has gone, or nobody has come: the machine runs on.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (session != null) {
        session.letGo();
      }
    }
  }

  private void read(Packets packets) {
    try {
      String text = packets.read();
      while (!text.isEmpty()) {
        events.add(new Event.Packet(text));
        text = packets.read();
      }
    } catch (IOException e) {
      // As its end.
    }
    events.add(new Event.Gone());
  }

  @Override
  public Reply exit(WatchedVcpu vcpu, int driver, VcpuExit exit) {
    if (session == null) {
      return Reply.GO_ON;
    }
    session.left(vcpu, driver, exit);
    if (exit instanceof OptInExit.Debug debug) {
      session.hit(vcpu, debug);
      return Reply.PAUSE;
    }
    return Reply.GO_ON;
  }

  @Override
  public Reply step(
      Step step, WatchedVcpu vcpu, int driver, Access access, long gpa, long length, long data) {
    if (session != null && breakAt.isPresent() && breakAt.get() == step && session.attached()) {
      session.reached(vcpu, step);
      return Reply.PAUSE;
    }
    return Reply.GO_ON;
  }

  @Override
  public void paused() {
    events.add(new Event.Stopped());
  }

  /** Tells GDB that the machine is over. */
  @Override
  public void close() throws IOException {
    started.countDown();
    events.add(new Event.Ended());
    if (session != null) {
      session.awaitEnd();
    }
    listening.close();
  }
}
