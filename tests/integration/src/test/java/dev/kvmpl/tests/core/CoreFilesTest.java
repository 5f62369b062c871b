// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.RequiresProgram;
import dev.kvmpl.tests.support.SourceTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code run --core}: what GDB finds in what is left of a machine, and what of it is written when.
 */
@RequiresKvm
@RequiresProgram("gdb")
@Tag("subprocess")
@Tag("needs-gcc")
@Tag(SourceTree.TAG)
class CoreFilesTest {
  /** Its third store is the last: line 4 says so. */
  private static final String DRIVER =
      """
      #include "kvmpl/driver.h"

      static unsigned long checked(unsigned long value) {
        kvmpl_assert(value < 3);
        return value + 1;
      }

      unsigned long driver_main(struct kvmpl_driver *self) {
        for (unsigned long value = 1;;) {
          kvmpl_store(self, self->arguments[0], 8, value);
          value = checked(value);
        }
      }
      """;

  @TempDir Path folder;

  private Path scenario(String memory) throws Exception {
    Path source = folder.resolve("mine.c");
    Files.writeString(source, DRIVER);
    Command make =
        Command.run(
            Map.of(),
            List.of(
                "make",
                "-C",
                SourceTree.root().resolve("guest-payloads").toString(),
                "driver",
                "SOURCE=" + source,
                "OUT=" + folder));
    assertEquals(0, make.status(), make.err());
    Path scenario = folder.resolve("scenario.yaml");
    Files.writeString(
        scenario,
        "memory: "
            + memory
            + "\nvalidator: { payload: validator }\n"
            + "drivers: [ { name: mine, payload: mine.elf, arguments: [0x1000000] } ]\n");
    return scenario;
  }

  private Path cores() throws Exception {
    return Files.createDirectories(folder.resolve("cores"));
  }

  private String gdb(String program, Path core, String... commands) throws Exception {
    List<String> line = new ArrayList<>(List.of("gdb", "-nx", "-batch"));
    for (String command : commands) {
      line.addAll(List.of("-ex", command));
    }
    line.addAll(List.of(folder.resolve(program).toString(), core.toString()));
    Command gdb = Command.run(Map.of(), line);
    return gdb.out() + gdb.err();
  }

  private static List<String> files(Path in) throws Exception {
    try (Stream<Path> files = Files.list(in)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void machineThatFails_leavesACoreOfEachLevel_whichGdbOpens() throws Exception {
    Path cores = cores();
    Command run = Command.kvmpl("run", "--core", cores.toString(), scenario("1GiB").toString());

    assertEquals(1, run.status(), run.err());
    assertEquals(List.of("vmpl0.core", "vmpl1.core"), files(cores));
    Path core = cores.resolve("vmpl1.core");
    assertTrue(
        run.err().contains("kvmpl: core of VMPL1: gdb mine.elf " + core + " (kernel at 0x"),
        run.err());
    assertTrue(Files.size(core) < 4 << 20, "pages of zeros are left out");

    String said =
        gdb(
            "mine.elf",
            core,
            "backtrace",
            "info threads",
            "info registers rip",
            "print/x self->arguments[0]",
            "frame function driver_main",
            "x/1gx 0x1000000",
            "x/1gx 0x800000");
    assertTrue(said.contains("mine.c:4"), said);
    assertTrue(said.contains("driver_main (self="), said);
    assertTrue(said.contains("LWP 1"), said);
    assertTrue(said.contains("0x1000000:\t0x0000000000000003"), said);
    // VMPL0's memory is not there for the level.
    assertTrue(said.contains("Cannot access memory at address 0x800000"), said);
    assertFalse(said.contains("may not match"), said);
  }

  @Test
  void coreOfVmpl0_hasItsMemory() throws Exception {
    Path cores = cores();
    Command.kvmpl("run", "--core", cores.toString(), scenario("32MiB").toString());

    String said =
        gdb("mine.elf", cores.resolve("vmpl0.core"), "info registers rip", "x/1gx 0x1000000");
    assertTrue(said.contains("0x1000000:\t0x0000000000000003"), said);
    assertTrue(said.contains("rip            0x8") || said.contains("rip            0x9"), said);
  }

  @Test
  void machineThatCompletes_leavesNone() throws Exception {
    Path cores = cores();

    Command run = Command.kvmpl("run", "--core", cores.toString());

    assertEquals(0, run.status(), run.err());
    assertEquals(List.of(), files(cores));
  }

  @Test
  void coreThatIsThereAlready_isNotOverwritten() throws Exception {
    Path core = cores().resolve("vmpl1.core");
    Files.writeString(core, "mine");

    Command run = Command.kvmpl("run", "--core", cores().toString());

    assertEquals(2, run.status(), run.err());
    assertTrue(
        run.err()
            .startsWith(
                "kvmpl: --core " + core + " is there already, allowed is a folder without it"),
        run.err());
    assertEquals(1, run.err().lines().count());
    assertEquals("mine", Files.readString(core));
  }

  @Test
  void folderThatIsNotThere_is2_beforeAnythingRuns() throws Exception {
    Command run = Command.kvmpl("run", "--core", folder.resolve("none").toString());

    assertEquals(2, run.status());
    assertEquals("", run.out());
    assertTrue(run.err().contains("is no folder that can be written to"), run.err());
  }

  /** In a mount namespace of its own, where the folder is a file system of 64 KiB. */
  @Test
  void coreForWhichThereIsNoRoom_isOneLine_andNothingIsLeft() throws Exception {
    List<String> space = List.of("unshare", "-rm");
    assumeTrue(run(space, "true").status() == 0, "no mount namespaces for this user");
    Path cores = cores();
    List<String> line = Command.line("run", "--core", "" + cores, "" + scenario("32MiB"));

    Command run =
        run(
            space,
            "mount -t tmpfs -o size=64k none '%s' && { \"$@\"; echo $? >&2; ls '%1$s' >&2; }"
                .formatted(cores),
            line.toArray(String[]::new));

    assertEquals(
        "kvmpl: cannot write to " + cores.resolve("vmpl0.core") + ": No space left on device\n1\n",
        run.err());
  }

  private static Command run(List<String> space, String script, String... arguments)
      throws Exception {
    List<String> line = new ArrayList<>(space);
    line.addAll(List.of("bash", "-c", script, "bash"));
    line.addAll(List.of(arguments));
    return Command.run(Map.of(), line);
  }
}
