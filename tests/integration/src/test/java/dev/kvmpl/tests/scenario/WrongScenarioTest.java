// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.scenario;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.ScenarioReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class WrongScenarioTest {
  private static final String VALIDATOR = "validator: { payload: validator }\n";
  private static final String DRIVER = "drivers: [ { name: a, payload: store } ]\n";
  private static final String PERMITTED =
      VALIDATOR + "drivers: [ { name: a, payload: store, permissions: ";
  private static final String GOOD = VALIDATOR + DRIVER;

  @TempDir Path folder;

  static Stream<Arguments> wrong() {
    return Stream.of(
        wrong("", 1, "an empty file, allowed is a mapping"),
        wrong("a: [", 2, "not YAML: expected the node content, but found '<stream end>'"),
        wrong(
            GOOD + "speed: 3",
            3,
            "unknown key speed in the scenario, allowed are memory, levels, detection, enforcement,"
                + " handover, slotChanges, grant, policy, timeLimit, kernel, validator, restricted, hidden, protected, contents, codebases, drivers, verdicts,"
                + " watch, expect"),
        wrong(
            PERMITTED + "{ fly: [] } } ]",
            2,
            "unknown key fly in permissions, allowed are write, read, execute, port-read,"
                + " port-write, msr-read, msr-write"),
        wrong(
            PERMITTED + "{ write: [ { start: 0x1000, length: 4KiB } ] } } ]",
            2,
            "range 0x1000, length 4KiB, is outside kernel memory, allowed is 0x1000000 to"
                + " 0x2000000"),
        wrong(
            PERMITTED + "{ port-read: [ { start: 0xffff, count: 2 } ] } } ]",
            2,
            "port-read of 2 from 0xffff on, allowed is 0 to 0xffff"),
        wrong(
            PERMITTED + "{ port-read: [ { start: 0x9c, count: 8 } ] } } ]",
            2,
            "ports 0xa0 to 0xa2 are those of the instructions on the permissions database"),
        wrong(
            PERMITTED + "{ msr-write: [ { start: 0xc0010130 } ] } } ]",
            2,
            "MSR 0xc0010130 is the GHCB's"),
        wrong(
            PERMITTED + "{ msr-read: [ { start: 0x808 } ] } } ]",
            2,
            "MSRs 0x800 to 0x8ff are the x2APIC's, which KVM keeps to itself"),
        wrong(
            PERMITTED + "{ msr-read: [ { start: 5, count: 2 }, { start: 6 } ] } } ]",
            2,
            "msr-read of 0x6 a second time, allowed is once"),
        wrong(
            GOOD + "protected: [ { virtual: 0x1100000, length: 2MiB } ]",
            3,
            "1 protected ranges with 512 pages, allowed are 64 with 256"),
        wrong(
            GOOD
                + "restricted: [ { start: 0x1100000, length: 4KiB } ]\n"
                + "protected: [ { virtual: 0x1100000, length: 4KiB } ]",
            4,
            "range 0x1100000..0x1101000 overlaps 0x1100000..0x1101000, allowed are disjoint"
                + " ranges"),
        wrong(GOOD + VALIDATOR, 3, "key validator twice in the scenario, allowed is once"),
        wrong(
            GOOD + "memory: 3MiB",
            3,
            "memory is 3MiB, allowed are 18MiB to 3072MiB in steps of 2MiB"),
        wrong(
            GOOD + "memory: 4GiB",
            3,
            "memory is 4GiB, allowed are 18MiB to 3072MiB in steps of 2MiB"),
        wrong(
            GOOD + "memory: lots", 3, "memory is lots, allowed is a number such as 4096 or 0x1000"),
        wrong(GOOD + "levels: [0, 1, 4]", 3, "levels has 4, allowed are 0 to 3"),
        wrong(
            GOOD + "levels: [1]",
            3,
            "levels has to have 0 and 1: the validator's and the guest kernel's"),
        wrong(GOOD + "detection: magic", 3, "detection is magic, allowed are trap, reflect, fault"),
        wrong(GOOD + "enforcement: trust", 3, "enforcement is trust, allowed are slots, mapping"),
        wrong(GOOD + "handover: relay", 3, "handover is relay, allowed are threads, thread"),
        wrong(GOOD + "slotChanges: x", 3, "slotChanges is x, allowed are boot-cpu, any-cpu"),
        wrong(
            GOOD + "timeLimit: 0s",
            3,
            "timeLimit is 0s, allowed are 1ms to 3600s, such as 500ms or 10s"),
        wrong(
            GOOD + "timeLimit: \"a\\nb\"",
            3,
            "timeLimit is a\\u000ab, allowed are 1ms to 3600s, such as 500ms or 10s"),
        wrong(
            GOOD + "watch: " + "[".repeat(20_000),
            3,
            "more than 16 lists and mappings inside each other, allowed are 16"),
        wrong(
            VALIDATOR + "drivers:\n  - { name: a, payload: /dev/zero }",
            3,
            "payload /dev/zero cannot be read (no file)"),
        wrong(
            GOOD + "timeLimit: soon",
            3,
            "timeLimit is soon, allowed are 1ms to 3600s, such as 500ms or 10s"),
        wrong(
            DRIVER,
            1,
            "no validator, one is needed: validator: { payload: validator } is the one that comes"
                + " with kvmpl"),
        wrong(VALIDATOR, 1, "no drivers, at least one is needed"),
        wrong(VALIDATOR + "drivers: []", 2, "no drivers, at least one is needed"),
        wrong(
            VALIDATOR + "drivers:\n  - name: a\n    payload: store\n    level: 0",
            5,
            "level is 0, allowed are 1, 2, 3: level 0 is the validator's, which judges drivers"),
        wrong(
            VALIDATOR + "drivers:\n  - name: a\n    payload: store\n    level: 4",
            5,
            "level is 4, allowed are 1, 2, 3"),
        wrong(
            VALIDATOR
                + "levels: [0, 1, 2]\n"
                + "drivers:\n  - name: a\n    payload: store\n    level: 3",
            6,
            "level is 3, allowed are 1, 2"),
        wrong(
            VALIDATOR + "drivers:\n  - name: a\n    payload: store\n    cpl: 2",
            5,
            "cpl is 2, allowed are 0 and 3"),
        wrong(
            VALIDATOR + "drivers:\n  - name: a\n    payload: store\n    cpl: 3\n    level: 2",
            5,
            "cpl is 3, allowed is that at level 1 on processor 0 with detection trap"),
        wrong(
            VALIDATOR
                + "drivers:\n  - name: a\n    payload: store\n    cpl: 3\n    processors: [1]",
            5,
            "cpl is 3, allowed is that at level 1 on processor 0 with detection trap"),
        wrong(
            VALIDATOR
                + "detection: reflect\n"
                + "drivers:\n  - name: a\n    payload: store\n    cpl: 3",
            6,
            "cpl is 3, allowed is that at level 1 on processor 0 with detection trap"),
        wrong(
            VALIDATOR + "drivers:\n  - name: a\n    payload: store\n    processors: [4]",
            5,
            "processors has 4, allowed are 0 to 3, each once"),
        wrong(
            VALIDATOR + "drivers:\n  - name: a\n    payload: store\n    processors: [1, 1]",
            5,
            "processors has 1, allowed are 0 to 3, each once"),
        wrong(
            VALIDATOR + "drivers:\n  - name: a\n    payload: store\n    processors: []",
            5,
            "processors is empty, at least one is needed"),
        wrong(
            VALIDATOR
                + "drivers:\n  - { name: a, payload: store }\n"
                + "  - { name: b, payload: store, processors: [1] }",
            4,
            "driver b at level 1 at the same time as a, allowed is another level"),
        wrong(
            VALIDATOR
                + "drivers:\n  - { name: a, payload: store, processors: [1] }\n"
                + "  - { name: b, payload: store, level: 2, processors: [1] }",
            4,
            "driver b on processor 1 at the same time as a, allowed is another processor"),
        wrong(
            GOOD + "hidden:\n  - { start: 0, length: 4KiB }",
            4,
            "range 0x0, length 4KiB, is outside kernel memory, allowed is 0x1000000 to 0x2000000"),
        wrong(
            GOOD
                + "memory: 128MiB\ndetection: fault\n"
                + "hidden:\n  - { start: 0x1000000, length: 66MiB }",
            6,
            "hidden is in 33 different 2 MiB, allowed with detection fault are 32"),
        wrong(
            GOOD + "detection: reflect\ndrivers:\n  - { name: b, payload: store, level: 2 }",
            4,
            "key drivers twice in the scenario, allowed is once"),
        wrong(
            VALIDATOR + "detection: fault\ndrivers:\n  - { name: b, payload: store, level: 2 }",
            2,
            "detection is fault with driver b elsewhere than at level 1 on processor 0, allowed is"
                + " trap"),
        wrong(
            GOOD + "contents:\n  - { start: 0x1000000, hex: \"abc\" }",
            4,
            "hex is \"abc\", allowed are pairs of hex digits"),
        wrong(
            GOOD + "contents:\n  - { start: 0x1ffffff, hex: \"abcd\" }",
            4,
            "start is 0x1ffffff with 2 bytes, outside kernel memory, allowed is 0x1000000 to"
                + " 0x2000000"),
        wrong(
            VALIDATOR + "drivers:\n  - payload: store",
            3,
            "a driver without name, which is needed"),
        wrong(
            VALIDATOR + "drivers:\n  - name: a b\n    payload: store",
            3,
            "name is \"a b\", allowed are letters, digits, '-', '_' and '.'"),
        wrong(
            VALIDATOR
                + "drivers:\n  - { name: a, payload: store }\n  - { name: a, payload: store }",
            4,
            "name is a a second time, allowed is once"),
        wrong(
            VALIDATOR + "drivers:\n  - { name: a, payload: printer }",
            3,
            "payload is printer, allowed are kernel, validator, disk, store, operate, irq, remap,"
                + " ranges,"
                + " owned, deny, or the path of an ELF file (with a / or ending in .elf)"),
        wrong(
            VALIDATOR + "drivers:\n  - { name: a, payload: no.elf }",
            3,
            "payload no.elf cannot be read (no such file)"),
        wrong(
            VALIDATOR + "drivers:\n  - { name: a, payload: ./text.elf }",
            3,
            "payload ./text.elf is not an ELF file"),
        wrong(
            VALIDATOR + "drivers:\n  - { name: a, payload: arm.elf }",
            3,
            "payload arm.elf is an ELF file for another machine (class 2, machine 183), allowed is"
                + " x86-64"),
        wrong(
            VALIDATOR + "drivers:\n  - name: a\n    payload: store\n    arguments: [1, -1]",
            5,
            "arguments is -1, allowed is a number such as 4096 or 0x1000"),
        wrong(
            GOOD + "restricted:\n  - { start: 0x1000010, length: 4KiB }",
            4,
            "start is 0x1000010, allowed are multiples of 4096 (0x1000)"),
        wrong(
            GOOD + "restricted:\n  - { start: 0x1000000, length: 100 }",
            4,
            "length is 100, allowed are multiples of 4096 (0x1000)"),
        wrong(
            GOOD + "restricted:\n  - { start: 0x1000000, length: 0 }",
            4,
            "length is 0, allowed are multiples of 4096 (0x1000)"),
        wrong(
            GOOD + "restricted:\n  - { start: 0xfff000, length: 8KiB }",
            4,
            "range 0xfff000, length 8KiB, is outside kernel memory, allowed is 0x1000000 to"
                + " 0x2000000"),
        wrong(
            GOOD + "restricted:\n  - { start: 0x1fff000, length: 8KiB }",
            4,
            "range 0x1fff000, length 8KiB, is outside kernel memory, allowed is 0x1000000 to"
                + " 0x2000000"),
        wrong(
            GOOD
                + "restricted:\n"
                + "  - { start: 0x1000000, length: 8KiB }\n"
                + "  - { start: 0x1001000, length: 4KiB }",
            5,
            "range 0x1001000..0x1002000 overlaps 0x1000000..0x1002000, allowed are disjoint ranges"),
        wrong(
            VALIDATOR
                + "restricted: [ { start: 0x1000000, length: 4KiB } ]\n"
                + "drivers:\n"
                + "  - name: a\n"
                + "    payload: store\n"
                + "    owns: [ { start: 0x1000000, length: 4KiB } ]",
            6,
            "range 0x1000000..0x1001000 overlaps 0x1000000..0x1001000, allowed are disjoint ranges"),
        wrong(
            VALIDATOR + "drivers: [ { name: a, payload: store, unload: maybe } ]",
            2,
            "unload is maybe, allowed are true and false"),
        wrong(GOOD + "codebases: []", 3, "codebases is empty, at least one is needed"),
        wrong(
            GOOD + "codebases: [ { name: c, payload: ranges } ]",
            3,
            "a codebase without decides, which is needed"),
        wrong(
            GOOD + codebase("a b", "ranges", "0x1000000"),
            3,
            "name is \"a b\", allowed are letters, digits, '-', '_' and '.'"),
        wrong(
            GOOD + codebase("c", "store", "0x1000000"),
            3,
            "payload store is no codebase: it has a writable segment, allowed are code and"
                + " constants"),
        wrong(
            GOOD + codebase("c", "ranges", "0x1000010"),
            3,
            "start is 0x1000010, allowed are multiples of 4096 (0x1000)"),
        wrong(
            GOOD + codebase("c", "ranges", "0xf00000"),
            3,
            "range 0xf00000, length 4KiB, is outside kernel memory, allowed is 0x1000000 to"
                + " 0x2000000"),
        wrong(
            GOOD
                + "codebases:\n"
                + "  - { name: c, payload: ranges, decides: [ { start: 0x1000000, length: 8KiB } ] }\n"
                + "  - { name: d, payload: deny, decides: [ { start: 0x1001000, length: 8KiB } ] }",
            5,
            "range 0x1001000..0x1003000 overlaps 0x1000000..0x1002000, allowed are disjoint ranges"),
        wrong(
            GOOD
                + "codebases:\n"
                + "  - { name: c, payload: deny, decides: [] }\n"
                + "  - { name: c, payload: deny, decides: [] }",
            5,
            "name is c a second time, allowed is once"),
        wrong(GOOD + manyCodebases(), 20, "codebases has 17 entries, allowed are 16"),
        wrong(
            GOOD + "watch: [ { start: 0x2000000, length: 1 } ]",
            3,
            "start is 0x2000000, outside memory, allowed is 0 to 0x2000000"),
        wrong(
            GOOD + "watch: [ { start: 0, length: 5000 } ]",
            3,
            "length is 5000, allowed are 1 to 4096"),
        wrong(
            GOOD + "expect: { outcome: great }",
            3,
            "outcome is great, allowed are completed, timed-out, failed"),
        wrong(
            GOOD + "expect:\n  operations:\n    - { driver: b, gpa: 0, verdict: allowed }",
            5,
            "driver is b, allowed are a"),
        wrong(
            GOOD + "expect:\n  operations:\n    - { driver: a, gpa: 0, verdict: maybe }",
            5,
            "verdict is maybe, allowed are allowed, restricted, owned-by-other, no-driver, map-full,"
                + " not-granted, no-codebase, unknown-codebase, measurement, not-detected,"
                + " no-permission, remapped, invalid-answer, already-open, would-refuse"),
        wrong(
            GOOD + "expect: { memory: [ { gpa: 0, hex: 123 } ] }",
            3,
            "hex is \"123\", allowed are pairs of hex digits"),
        wrong(
            GOOD + "expect: { steps: [ JUMP ] }",
            3,
            "steps has JUMP, allowed are ASSIGN, REQUEST, ASSOCIATE, ATTEMPT, DETECT, EXIT1,"
                + " LAUNCH, LOOKUP, OBTAIN, EXECUTE, RESTRICTED?, OWNER?, ERROR, DESIGNATE, ADJUST,"
                + " GRANT, IRQ, EXIT2, RELAUNCH, COMPLETE"));
  }

  private static String codebase(String name, String payload, String start) {
    return "codebases: [ { name: %s, payload: %s, decides: [ { start: %s, length: 4KiB } ] } ]"
        .formatted(name, payload, start);
  }

  private static String manyCodebases() {
    return IntStream.range(0, 17)
        .mapToObj("  - { name: c%d, payload: deny, decides: [] }\n"::formatted)
        .collect(Collectors.joining("", "codebases:\n", ""));
  }

  private static Arguments wrong(String text, int line, String message) {
    return Arguments.of(text, line, message);
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void wrongFile_saysWhereWhatAndWhatIsAllowed(String text, int line, String message)
      throws IOException {
    Files.writeString(folder.resolve("text.elf"), "no ELF");
    Files.write(folder.resolve("arm.elf"), armElf());
    Path file = folder.resolve("wrong.yaml");
    Files.writeString(file, text + "\n");

    ScenarioException e = assertThrows(ScenarioException.class, () -> ScenarioReader.read(file));

    assertEquals(file + ":" + line + ": " + message, e.getMessage());
  }

  private static byte[] armElf() {
    byte[] elf =
        Arrays.copyOf(new byte[] {0x7f, 'E', 'L', 'F', 2, 1}, 64); // 64 bits, little-endian
    elf[16] = 3; // dynamic
    elf[18] = (byte) 183; // AArch64
    return elf;
  }
}
