// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.debug;

import dev.kvmpl.gdb.GdbServer;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.trace.Step;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** What {@code --gdb} asks for, if it was given. */
public final class Debugger implements AutoCloseable {
  /** The most that a scenario can have: somebody who thinks needs no less. */
  private static final Duration LONG = Duration.ofHours(1);

  private static final int PORT_MAX = 65535;

  private final Scenario scenario;
  private final @Nullable GdbServer server;

  private Debugger(Scenario scenario, @Nullable GdbServer server) {
    this.scenario = scenario;
    this.server = server;
  }

  /** Waits for one, if an address is given. */
  public static Debugger of(
      @Nullable String address, @Nullable String breakAt, Scenario scenario, CommandLine line) {
    if (address == null) {
      if (breakAt != null) {
        throw new ParameterException(line, "--break-at goes with --gdb");
      }
      return new Debugger(scenario, null);
    }
    Optional<Step> step = Optional.empty();
    if (breakAt != null) {
      step = Step.byLabel(breakAt);
      if (step.isEmpty()) {
        throw new ParameterException(
            line,
            String.format(
                Locale.ROOT,
                "--break-at is %s, allowed are %s",
                breakAt,
                Stream.of(Step.values()).map(Step::name).collect(Collectors.joining(", "))));
      }
    }
    try {
      GdbServer server = new GdbServer(parsed(address, line), scenario, step);
      InetSocketAddress at = server.address();
      line.getErr()
          .printf(
              Locale.ROOT,
              "kvmpl: waiting for gdb: target remote %s:%d%n",
              at.getAddress().getHostAddress(),
              at.getPort());
      line.getErr().flush();
      return new Debugger(
          scenario.withMachine(scenario.machine().but().timeLimit(LONG).build()), server);
    } catch (IOException e) {
      throw new ParameterException(
          line,
          String.format(
              Locale.ROOT, "--gdb %s cannot be listened at: %s", address, e.getMessage()));
    }
  }

  private static InetSocketAddress parsed(String address, CommandLine line) {
    int colon = address.lastIndexOf(':');
    String host = colon < 0 ? "127.0.0.1" : address.substring(0, colon);
    String port = address.substring(colon + 1);
    if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > PORT_MAX) {
      throw new ParameterException(
          line,
          String.format(
              Locale.ROOT, "--gdb is %s, allowed are PORT and HOST:PORT, 0 to 65535", address));
    }
    return new InetSocketAddress(host, Integer.parseInt(port));
  }

  /** Whether there is one. */
  public boolean isWanted() {
    return server != null;
  }

  /** The scenario, with time to think if it is debugged. */
  public Scenario scenario() {
    return scenario;
  }

  /** What the run has to be given. */
  public List<Observer> observers() {
    return server == null ? List.of() : List.of(server);
  }

  @Override
  public void close() throws IOException {
    if (server != null) {
      server.close();
    }
  }
}
