// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

import static dev.kvmpl.spec.InvalidSpecException.complaint;
import static dev.kvmpl.spec.InvalidSpecException.value;

import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.CodebaseTable;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.protocol.tables.ValidatorTables;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.LongStream;

/** What holds for every machine, whoever has described it. */
final class SpecRules {
  private static final Duration TIME_LIMIT_MAX = Duration.ofHours(1);

  private final MachineSpec spec;
  private final TakenRanges taken = new TakenRanges();

  private SpecRules(MachineSpec spec) {
    this.spec = spec;
  }

  /**
   * Checks a description.
   *
   * @throws InvalidSpecException at the first rule that it breaks
   */
  static void check(MachineSpec spec) {
    new SpecRules(spec).check();
  }

  private void check() {
    memory();
    timeLimit();
    rooms();
    ranges(spec.restricted(), taken, "restricted");
    ranges(spec.protectedVirtual(), taken, "protected");
    ranges(spec.hidden(), new TakenRanges(), "hidden");
    hiddenPieces();
    codebases();
    grant();
    contents();
    new DriverRules(spec, taken).check();
  }

  private void memory() {
    long size = spec.memorySize();
    long least = spec.layout().memoryMin();
    if (size < least || size > MemoryLayout.MEMORY_MAX || size % MemoryLayout.LARGE_PAGE != 0) {
      throw value(
          String.format(
              Locale.ROOT,
              "is %s, allowed are %dMiB to %dMiB in steps of 2MiB",
              bytes(size),
              least >> 20,
              MemoryLayout.MEMORY_MAX >> 20),
          "memory");
    }
  }

  private void timeLimit() {
    Duration limit = spec.timeLimit();
    if (!limit.isPositive() || limit.compareTo(TIME_LIMIT_MAX) > 0) {
      throw value(
          String.format(
              Locale.ROOT,
              "is %s, allowed are 1ms to 3600s, such as 500ms or 10s",
              limit.toMillis() % 1000 == 0 ? limit.toSeconds() + "s" : limit.toMillis() + "ms"),
          "timeLimit");
    }
  }

  /** How much the tables hold that VMPL0 decides by. */
  private void rooms() {
    try {
      ValidatorTables.checkProtected(spec.protectedVirtual());
    } catch (IllegalArgumentException e) {
      throw complaint(String.valueOf(e.getMessage()), "protected");
    }
    try {
      ValidatorTables.checkRestricted(spec.restricted().size() + spec.protectedVirtual().size());
    } catch (IllegalArgumentException e) {
      throw complaint(String.valueOf(e.getMessage()));
    }
    room("hidden ranges", spec.hidden().size(), MachineSpec.HIDDEN_MAX, "hidden");
    room("contents", spec.contents().size(), MachineSpec.CONTENTS_MAX, "contents");
    int decided = spec.codebases().stream().mapToInt(each -> each.decides().size()).sum();
    try {
      CodebaseTable.checkRoom(spec.codebases().size(), decided);
    } catch (IllegalArgumentException e) {
      throw complaint(String.valueOf(e.getMessage()), "codebases");
    }
  }

  private static void room(String what, int count, int most, String where) {
    if (count > most) {
      throw complaint(
          String.format(Locale.ROOT, "%d %s, allowed are %d", count, what, most), where);
    }
  }

  /** With detection fault the guest kernel's tables hide them: a table for each 2 MiB. */
  private void hiddenPieces() {
    long pieces =
        spec.hidden().stream()
            .flatMapToLong(
                range ->
                    LongStream.rangeClosed(
                        range.start() / MemoryLayout.LARGE_PAGE,
                        (range.end() - 1) / MemoryLayout.LARGE_PAGE))
            .distinct()
            .count();
    if (spec.detection() == Detection.FAULT && pieces > MemoryLayout.HIDDEN_MAX) {
      throw value(
          String.format(
              Locale.ROOT,
              "is in %d different 2 MiB, allowed with detection fault are %d",
              pieces,
              MemoryLayout.HIDDEN_MAX),
          "hidden");
    }
  }

  private void codebases() {
    TakenRanges decided = new TakenRanges();
    for (int i = 0; i < spec.codebases().size(); i++) {
      List<PageRange> decides = spec.codebases().get(i).decides();
      for (int j = 0; j < decides.size(); j++) {
        range(spec, decides.get(j), decided, "codebases", i, "decides", j);
      }
    }
  }

  /** A strategy that would not be one is refused: nobody shall measure what is not there. */
  private void grant() {
    GrantKind grant = spec.grant();
    if (grant == GrantKind.STORE && spec.detection() != Detection.TRAP) {
      needs("detection trap: a guest kernel that is told of a store needs all that is granted");
    } else if (grant == GrantKind.AHEAD && spec.detection() == Detection.FAULT) {
      needs("detection trap or reflect: with fault the guest kernel asks for each page");
    } else if (grant == GrantKind.STORE && spec.enforcement() != EnforcementKind.SLOTS) {
      needs("enforcement slots: with mapping the driver's own instruction stores");
    } else if (grant == GrantKind.STORE
        && spec.drivers().stream().anyMatch(each -> !each.processors().equals(List.of(0)))) {
      needs("all drivers on processor 0: another one may store between two exits");
    } else if (grant == GrantKind.AHEAD && !spec.codebases().isEmpty()) {
      needs("no codebases: each is measured for every page that it judges");
    }
  }

  private void needs(String what) {
    throw value(
        String.format(Locale.ROOT, "is %s, which needs %s", spec.grant().label(), what), "grant");
  }

  private void contents() {
    for (int i = 0; i < spec.contents().size(); i++) {
      Contents contents = spec.contents().get(i);
      int length = contents.bytes().length;
      long first = spec.layout().kernelMemory();
      if (contents.gpa() < first || contents.gpa() > spec.memorySize() - length) {
        throw value(
            String.format(
                Locale.ROOT,
                "is %#x with %d bytes, outside kernel memory, allowed is %#x to %#x",
                contents.gpa(),
                length,
                first,
                spec.memorySize()),
            "contents",
            i,
            "start");
      }
    }
  }

  private void ranges(List<PageRange> ranges, TakenRanges others, String where) {
    for (int i = 0; i < ranges.size(); i++) {
      range(spec, ranges.get(i), others, where, i);
    }
  }

  /** A range of kernel memory that overlaps none in {@code others}, to which it is added. */
  static void range(MachineSpec spec, PageRange range, TakenRanges others, Object... where) {
    long first = spec.layout().kernelMemory();
    if (range.start() < first || range.end() > spec.memorySize()) {
      throw complaint(
          String.format(
              Locale.ROOT,
              "range %#x, length %s, is outside kernel memory, allowed is %#x to %#x",
              range.start(),
              bytes(range.length()),
              first,
              spec.memorySize()),
          where);
    }
    Optional<PageRange> other = others.take(range);
    if (other.isPresent()) {
      throw complaint(
          String.format(
              Locale.ROOT, "range %s overlaps %s, allowed are disjoint ranges", range, other.get()),
          where);
    }
  }

  /** As people write it: in the largest unit that it is a multiple of. */
  private static String bytes(long size) {
    String[] units = {"", "KiB", "MiB", "GiB"};
    int unit = 0;
    long count = size;
    while (count != 0 && count % 1024 == 0 && unit < units.length - 1) {
      count /= 1024;
      unit++;
    }
    return count + units[unit];
  }
}
