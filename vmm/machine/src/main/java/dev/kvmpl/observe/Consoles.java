// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.observe;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.protocol.ConsoleRing;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Keeps the lines that guests print, read from each vCPU's ring at its exits: at most {@link
 * #LINES_MAX}, of {@link #LINE_MAX} bytes each. Belongs to the machine's lock, and allocates only
 * when something was printed.
 */
public final class Consoles implements Observer {
  /** Lines of one machine. */
  public static final int LINES_MAX = 10_000;

  /** Bytes of one line; a longer one is continued in the next. */
  public static final int LINE_MAX = 1024;

  private final List<PrintedLine> lines = new ArrayList<>();
  private final List<OfVcpu> consoles = new ArrayList<>();
  private long launchNs;
  private long lost;

  /** Nothing has been printed yet. */
  public Consoles() {}

  @Override
  public void launched(LaunchedMachine machine) {
    launchNs = machine.launchNs();
    for (WatchedVcpu vcpu : byNumber(machine.vcpus())) {
      consoles.add(new OfVcpu(vcpu, new ConsoleRing(machine.memory(), vcpu.console())));
    }
  }

  private static List<WatchedVcpu> byNumber(List<WatchedVcpu> vcpus) {
    return vcpus.stream().sorted(Comparator.comparingInt(WatchedVcpu::number)).toList();
  }

  @Override
  public Reply exit(WatchedVcpu vcpu, int driver, VcpuExit exit) {
    consoles.get(vcpu.number()).drain();
    return Reply.GO_ON;
  }

  /** The lines in the order of their times, once no vCPU runs: what has no end is one too. */
  public List<PrintedLine> end() {
    for (OfVcpu console : consoles) {
      console.drain();
      console.endLine();
    }
    return lines.stream().sorted(Comparator.comparingLong(PrintedLine::tNs)).toList();
  }

  /** Lines that came when there were too many, and records that were overwritten. */
  public long lost() {
    return lost;
  }

  private final class OfVcpu implements ConsoleRing.Reader {
    private final WatchedVcpu vcpu;
    private final ConsoleRing ring;
    private final GuestClock clock;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean begun;
    private long beganNs;
    private int printer;

    OfVcpu(WatchedVcpu vcpu, ConsoleRing ring) {
      this.vcpu = vcpu;
      this.ring = ring;
      this.clock = vcpu.cpu().clock();
    }

    void drain() {
      long overwritten = ring.drain(this);
      lost = Math.min(lost, Long.MAX_VALUE - overwritten) + overwritten; // a guest says any number
    }

    @Override
    public void record(long tsc, int driver, byte[] text) {
      if (driver != printer) {
        endLine(); // nobody's words are put into another's mouth
      }
      for (byte character : text) {
        if (!begun) {
          begun = true;
          beganNs = clock.toNs(tsc, System.nanoTime()) - launchNs;
          printer = driver;
        }
        if (character != '\n') {
          line.write(character);
        }
        if (character == '\n' || line.size() == LINE_MAX) {
          endLine();
        }
      }
    }

    void endLine() {
      if (!begun) {
        return;
      }
      if (lines.size() < LINES_MAX) {
        String text = line.toString(StandardCharsets.UTF_8);
        lines.add(new PrintedLine(beganNs, vcpu.level(), vcpu.number(), printer, text));
      } else {
        lost++;
      }
      line.reset();
      begun = false;
    }
  }
}
