// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.tests.support.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code boot} where no Linux can boot, and {@code boot --host} with a stand-in for the host. */
@Tag("subprocess")
class BootCommandTest {
  @TempDir Path folder;

  private void tool(String name, String says) throws IOException {
    Path tool = folder.resolve("tests/hosts").resolve(name);
    Files.createDirectories(tool.resolveSibling("."));
    Files.writeString(
        tool,
        """
        #!/bin/bash
        { printf '<%%s> ' "$@"; echo; } >"%s/%s"
        %s
        """
            .formatted(folder, name, says));
    Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Command boot(String... arguments) throws Exception {
    List<String> line = Command.line(arguments);
    line.addAll(1, List.of("-Dkvmpl.root=" + folder, "-Xmx64m"));
    return Command.run(Map.of(), line);
  }

  @Test
  void hostThatEmulatesKernelCode_isRefusedAtOnce_withTheWayOut() throws Exception {
    assumeTrue(Host.detect().emulatesSupervisor(), "this KVM can boot Linux");

    Command boot = Command.kvmpl("boot");

    assertEquals(3, boot.status(), boot.err());
    assertEquals(1, boot.err().lines().count(), boot.err());
    assertTrue(boot.err().contains("--host amd or --host intel"), boot.err());
    assertEquals("", boot.out());
  }

  @Test
  @Tag("needs-gcc") // a whole JDK
  void emulatedHost_getsTheKernelAndWhatWasAsked() throws Exception {
    tool("guest-kernel", "echo /a/vmlinuz");
    tool("host-run", "exit 7");
    Path disk = Files.writeString(folder.resolve("disk.cpio"), "");

    Command boot =
        boot(
            "boot",
            "--host=amd",
            "--host-kernel=6.1",
            "--timeout=9",
            "--kernel=newest",
            "--initrd=" + disk,
            "--exec=ls /",
            "--cpus=2",
            "--memory=512",
            "--time-limit=5");

    assertEquals(7, boot.status(), boot.err());
    assertEquals("<newest>", Files.readString(folder.resolve("guest-kernel")).strip());
    assertEquals(
        ("<amd> <--kernel> <6.1> <--timeout> <9> <--java-home> <%s> <--modules> <%s>"
                + " <--file> </a/vmlinuz> <--file> <%s> <exec> <dev.kvmpl.cli/dev.kvmpl.cli.Main>"
                + " <boot> <--kernel> </a/vmlinuz> <--append> <quiet loglevel=3> <--cpus> <2> <--memory> <512>"
                + " <--initrd> <%s> <--exec> <ls /> <--time-limit> <5>")
            .formatted(
                System.getProperty("java.home"), System.getProperty("jdk.module.path"), disk, disk),
        Files.readString(folder.resolve("host-run")).strip());
  }

  @Test
  void claimsOnLinux_areRefusedWhereNoneBoots_andWithoutTheSourceTree() throws Exception {
    assertEquals(
        "kvmpl: --linux needs kvmpl's source tree: use its ./kvmpl (kvmpl claims --help)\n",
        Command.kvmpl("claims", "--linux").err());
    assumeTrue(Host.detect().emulatesSupervisor(), "this KVM can boot Linux");

    Command claims = boot("claims", "--linux");

    assertEquals(3, claims.status(), claims.err());
    assertEquals(1, claims.err().lines().count(), claims.err());
    assertTrue(claims.err().contains("--host amd or --host intel"), claims.err());
    assertEquals("", claims.out());
  }

  @Test
  @Tag("needs-gcc") // a whole JDK
  void claimsOnAnEmulatedHost_getTheKernelTheModulesAndTheScenario() throws Exception {
    tool("guest-kernel", "echo /a/vmlinuz");
    tool("guest-module", "echo /b/disk_driver.ko; echo /b/kvmpl.ko");
    tool("host-run", "exit 4");
    Path file = folder.resolve("docs/examples/linux/claims.yaml");
    Files.createDirectories(file.resolveSibling("."));
    Files.writeString(file, "protect: [kernel-rodata]\nmodules: [disk_driver.c]\n");

    Command claims =
        boot("claims", "--linux", "--host=amd", "--enforcement=mapping", "--json", "--timeout=9");

    assertEquals(4, claims.status(), claims.err());
    assertTrue(
        Files.readString(folder.resolve("host-run"))
            .strip()
            .endsWith(
                (" <--file> </a/vmlinuz> <--file> <%s> <--file> </b/disk_driver.ko> <--file>"
                        + " </b/kvmpl.ko> <exec> <dev.kvmpl.cli/dev.kvmpl.cli.Main> <claims>"
                        + " <--enforcement> <mapping> <--json> <--linux> <--kernel> </a/vmlinuz>"
                        + " <--linux-scenario> <%s> <--built> </b/disk_driver.ko> <--built>"
                        + " </b/kvmpl.ko>")
                    .formatted(file, file)),
        Files.readString(folder.resolve("host-run")));
  }

  @ParameterizedTest
  @CsvSource({
    "--kernel 6.1, --kernel goes with --linux",
    "--linux --host vax, --host vax is not this",
    "--timeout 3, go with --host",
    "--host amd --report /none/r.md, --report /none/r.md cannot be written",
  })
  void wrongUsageOfClaims_isSaidInOneLine(String arguments, String why) throws Exception {
    Command claims = boot(("claims " + arguments).split(" "));

    assertEquals(2, claims.status(), claims.err());
    assertTrue(claims.err().contains(why), claims.err());
    assertEquals(1, claims.err().lines().count(), claims.err());
  }

  @Test
  @Tag("needs-gcc") // a whole JDK
  void reportOfAnEmulatedHost_isWhereItWasWanted() throws Exception {
    tool("guest-kernel", "echo /a/vmlinuz");
    tool(
        "host-run",
        "while [[ $1 != --reports ]]; do shift; done; echo \"$2\" >'%s'; echo page >\"$2/0\"; exit 4"
            .formatted(folder.resolve("reports")));
    Path page = folder.resolve("r.html");

    Command boot = boot("boot", "--host=amd", "--exec=ls", "--report=" + page);

    assertEquals(4, boot.status(), boot.err());
    assertEquals("page\n", Files.readString(page));
    String call = Files.readString(folder.resolve("host-run"));
    assertTrue(call.contains(" <--report> </run/kvmpl/reports/0>"), call);
    assertFalse(Files.exists(Path.of(Files.readString(folder.resolve("reports")).strip())));
  }

  @Test
  @Tag("needs-gcc") // a whole JDK
  void hostWithoutAResult_leavesNoReport() throws Exception {
    tool("guest-kernel", "echo /a/vmlinuz");
    tool("host-run", "exit 1");
    Path page = folder.resolve("r.html");

    Command boot = boot("boot", "--host=amd", "--exec=ls", "--report=" + page);

    assertEquals(1, boot.status(), boot.err());
    assertFalse(Files.exists(page));
  }

  @Test
  @Tag("needs-gcc") // a whole JDK
  void kernelThatCannotBeHad_startsNoHost() throws Exception {
    tool("guest-kernel", "echo 'no such kernel' >&2; exit 1");
    tool("host-run", "exit 7");

    Command boot = boot("boot", "--host=amd", "--kernel=5.4");

    assertEquals(3, boot.status(), boot.err());
    assertTrue(boot.err().contains("no kernel 5.4"), boot.err());
    assertFalse(Files.exists(folder.resolve("host-run")));
  }

  @ParameterizedTest
  @CsvSource({
    "--host vax, --host vax is not this",
    "--host-kernel 6.1, go with --host",
    "--timeout 3, go with --host",
    "--cpus many, Invalid value",
    "--time-limit 0, '--time-limit is 0, allowed are 1 to 31536000'",
    "--time-limit 9223372036854775807, allowed are 1 to 31536000",
    "--control /none, /none is no FIFO",
    "--control /dev/null, /dev/null is no FIFO",
    "--host amd --control /none, '--control is for this machine''s KVM: leave it out, or --host'",
    "--host amd --report /none/r.html, --report /none/r.html cannot be written",
  })
  void wrongUsage_isSaidInOneLine(String arguments, String why) throws Exception {
    Command boot = Command.kvmpl(("boot " + arguments).split(" "));

    assertEquals(2, boot.status(), boot.err());
    assertTrue(boot.err().contains(why), boot.err());
    assertEquals(1, boot.err().lines().count(), boot.err());
  }
}
