// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.gdb;

import dev.kvmpl.gdb.Breakpoints.Breakpoint;
import dev.kvmpl.kvm.debug.GuestDebug.Watch;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.LaunchedMachine;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.vmpl.PagePermissions;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * GDB's questions about a paused machine. A thread is a vCPU, numbered from 1 on; memory is what
 * the chosen vCPU's level may read of it, by its own page tables.
 */
final class Commands {
  private static final String ERROR = "E01";
  private static final String UNSUPPORTED = "";
  private static final int NONE = -1;

  private final LaunchedMachine machine;
  private final List<WatchedVcpu> vcpus;
  private final Scenario scenario;
  private final Breakpoints breakpoints;
  private final int[] drivers;
  private final boolean[] unfinished;
  private final Monitor monitor;
  private int chosen;

  Commands(
      LaunchedMachine machine,
      List<WatchedVcpu> vcpus,
      Scenario scenario,
      Breakpoints breakpoints,
      int[] drivers,
      boolean[] unfinished) {
    this.machine = machine;
    this.vcpus = vcpus;
    this.scenario = scenario;
    this.breakpoints = breakpoints;
    this.drivers = drivers;
    this.unfinished = unfinished;
    this.monitor = new Monitor(machine, scenario);
  }

  /** The vCPU that questions are about. */
  void choose(int vcpu) {
    chosen = vcpu;
  }

  static String thread(int vcpu) {
    return Integer.toHexString(vcpu + 1);
  }

  static String hex(String text) {
    return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
  }

  String answer(String text) {
    return switch (text.charAt(0)) {
      case 'q' -> query(text);
      case 'H' -> select(text.substring(2));
      case 'T' -> vcpu(text.substring(1)) == NONE ? ERROR : "OK";
      case 'g' -> RegisterFile.all(registers());
      case 'p' -> orUnknown(RegisterFile.one(registers(), number(text.substring(1))));
      case 'P' -> change(text.substring(1));
      case 'm' -> read(text.substring(1));
      case 'Z' -> breakpoint(text, true);
      case 'z' -> breakpoint(text, false);
      case 'v' -> text.equals("vCont?") ? "vCont;c;C;s;S" : UNSUPPORTED;
      default -> UNSUPPORTED; // 'M' and 'G' among them: memory and registers are not rewritten
    };
  }

  private String query(String text) {
    String name = text.split("[:,;]", 2)[0];
    return switch (name) {
      case "qSupported" ->
          "PacketSize="
              + Integer.toHexString(Packets.PACKET_MAX)
              + ";qXfer:features:read+;vContSupported+;hwbreak+";
      case "qXfer" -> description(text);
      case "qAttached" -> "1";
      case "qC" -> "QC" + thread(chosen);
      case "qfThreadInfo" ->
          "m" + vcpus.stream().map(vcpu -> thread(vcpu.number())).collect(Collectors.joining(","));
      case "qsThreadInfo" -> "l";
      case "qThreadExtraInfo" -> hex(words(vcpu(text.substring(name.length() + 1))));
      case "qRcmd" ->
          hex(
              monitor.answer(
                  new String(
                      HexFormat.of().parseHex(text.substring(name.length() + 1)),
                      StandardCharsets.UTF_8)));
      default -> UNSUPPORTED;
    };
  }

  private String words(int number) {
    WatchedVcpu vcpu = vcpus.get(number);
    String driver = drivers[number] == 0 ? "" : ", " + scenario.driverName(drivers[number]);
    return vcpu.level() + " of processor " + vcpu.processor() + driver;
  }

  private static String description(String text) {
    String prefix = "qXfer:features:read:target.xml:";
    if (!text.startsWith(prefix)) {
      return UNSUPPORTED;
    }
    String[] range = text.substring(prefix.length()).split(",", 2);
    String xml = TargetDescription.xml();
    int from = Math.min(number(range[0]), xml.length());
    int to = Math.min(from + number(range[1]), xml.length());
    return (to == xml.length() ? "l" : "m") + xml.substring(from, to);
  }

  private String select(String text) {
    if (text.equals("-1") || text.equals("0")) {
      return "OK";
    }
    int vcpu = vcpu(text);
    if (vcpu == NONE) {
      return ERROR;
    }
    chosen = vcpu;
    return "OK";
  }

  private int vcpu(String text) {
    int vcpu = number(text) - 1;
    return vcpu >= 0 && vcpu < vcpus.size() ? vcpu : NONE;
  }

  private static int number(String text) {
    return Integer.parseUnsignedInt(text, 16);
  }

  /** The vCPU that shall make one step, negative for none: {@code s}, {@code vCont;s:2;c}. */
  int stepping(String text) {
    if (text.equals("s")) {
      return chosen;
    }
    for (String action : text.split(";", -1)) {
      if (action.startsWith("s") || action.startsWith("S")) {
        int colon = action.indexOf(':');
        return colon < 0 ? chosen : vcpu(action.substring(colon + 1));
      }
    }
    return NONE;
  }

  private Registers registers() {
    return vcpus.get(chosen).cpu().registers();
  }

  private static String orUnknown(String text) {
    return text.isEmpty() ? "xxxxxxxx" : text;
  }

  /** Not while an operation is unfinished: what it is going to do depends on registers. */
  private String change(String text) {
    String[] parts = text.split("=", 2);
    if (unfinished[chosen] || !RegisterFile.change(registers(), number(parts[0]), parts[1])) {
      return ERROR;
    }
    vcpus.get(chosen).cpu().setRegisters();
    return "OK";
  }

  private String read(String text) {
    String[] parts = text.split(",", 2);
    long address = Long.parseUnsignedLong(parts[0], 16);
    int length = number(parts[1]);
    StringBuilder bytes = new StringBuilder();
    for (int done = 0; done < length; ) {
      long at = address + done;
      int inPage = (int) (PageRange.PAGE_SIZE - (at & (PageRange.PAGE_SIZE - 1)));
      int part = Math.min(length - done, inPage);
      long gpa = vcpus.get(chosen).cpu().translate(at);
      if (gpa < 0 || !machine.memory().contains(gpa, part) || !mayRead(gpa, part)) {
        return done == 0 ? ERROR : bytes.toString();
      }
      bytes.append(HexFormat.of().formatHex(machine.memory().read(gpa, part)));
      done += part;
    }
    return bytes.toString();
  }

  private boolean mayRead(long gpa, int length) {
    return machine.rmp().allows(gpa, length, vcpus.get(chosen).level(), PagePermissions.READ);
  }

  private String breakpoint(String text, boolean wanted) {
    String[] parts = text.substring(1).split("[,;]", -1);
    long address = Long.parseUnsignedLong(parts[1], 16);
    Breakpoint one =
        switch (parts[0]) {
          case "0", "1" -> new Breakpoint(Watch.EXECUTION, address, 1);
          case "2" -> new Breakpoint(Watch.WRITE, address, number(parts[2]));
          case "4" -> new Breakpoint(Watch.ACCESS, address, number(parts[2]));
          default -> null;
        };
    if (one == null) {
      return UNSUPPORTED; // a CPU cannot watch for reads alone
    }
    if (wanted) {
      return breakpoints.add(one) ? "OK" : ERROR;
    }
    breakpoints.remove(one);
    return "OK";
  }
}
