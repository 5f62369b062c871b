// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.gdb;

import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.LaunchedMachine;
import dev.kvmpl.observe.LoadedImage;
import dev.kvmpl.protocol.TablesLayout;
import dev.kvmpl.protocol.tables.ValidatorTables;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Locale;

/** What {@code monitor} shows of a paused machine. */
final class Monitor {
  private static final String HELP =
      """
      monitor rmp ADDRESS: what each level may do with a page
      monitor owner ADDRESS: whose page it is
      monitor slots: each level's permissions, as they bind
      monitor images: which payload is where, for add-symbol-file FILE -o OFFSET
      """;

  private final LaunchedMachine machine;
  private final Scenario scenario;

  Monitor(LaunchedMachine machine, Scenario scenario) {
    this.machine = machine;
    this.scenario = scenario;
  }

  String answer(String text) {
    String[] words = text.strip().split(" +", -1);
    return switch (words[0]) {
      case "rmp" -> words.length == 2 ? page(words[1], this::rmp) : HELP;
      case "owner" -> words.length == 2 ? page(words[1], this::owner) : HELP;
      case "slots" -> slots();
      case "images" -> images();
      default -> HELP;
    };
  }

  private interface OfPage {
    String words(long gpa);
  }

  private String page(String address, OfPage answer) {
    long gpa;
    try {
      gpa = Long.decode(address);
    } catch (NumberFormatException e) {
      return address + " is no address\n";
    }
    return machine.memory().contains(gpa, 1) ? answer.words(gpa) : address + " is not in memory\n";
  }

  private String rmp(long gpa) {
    StringBuilder text = new StringBuilder();
    for (Vmpl level : Vmpl.values()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%s %s\n",
              level,
              PagePermissions.toString(machine.rmp().permissions(PageRange.pageOf(gpa), level))));
    }
    return text.toString();
  }

  private String owner(long gpa) {
    TablesLayout places = scenario.machine().layout().tables();
    for (Ownership entry : new ValidatorTables(machine.memory(), places).readOwnership()) {
      if (entry.range().start() <= gpa && gpa < entry.range().end()) {
        return scenario.driverName(entry.driver()) + "\n";
      }
    }
    return "nobody\n";
  }

  private String slots() {
    StringBuilder text = new StringBuilder();
    for (Vmpl level : Vmpl.values()) {
      if (level != Vmpl.VMPL0) {
        for (Rmp.Run pages : machine.rmp().column(level)) {
          text.append(
              String.format(
                  Locale.ROOT,
                  "%s %s %s\n",
                  level,
                  pages.range(),
                  PagePermissions.toString(pages.permissions())));
        }
      }
    }
    return text.toString();
  }

  private String images() {
    StringBuilder text = new StringBuilder();
    for (LoadedImage image : machine.images()) {
      text.append(
          String.format(Locale.ROOT, "%#x %s %s\n", image.gpa(), image.level(), image.name()));
    }
    return text.toString();
  }
}
