// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.runner.TestRun;
import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.RequiresKvm;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Projects of users' own. */
@Tag("subprocess")
@Tag("needs-gcc")
class NewCommandTest {
  @TempDir Path folder;

  private Command made(String name, String... options) throws Exception {
    Path project = folder.resolve(name);
    Command made =
        options.length == 0
            ? Command.kvmpl("new", project.toString())
            : Command.kvmpl("new", project.toString(), options[0]);
    assertEquals(0, made.status(), made.err());
    return made;
  }

  private Command make(String project, String... arguments) throws Exception {
    List<String> line =
        new java.util.ArrayList<>(
            List.of("make", "-C", folder.resolve(project).toString(), "--no-print-directory"));
    line.addAll(List.of(arguments));
    return Command.run(Map.of(), line);
  }

  private Command run(String project) throws Exception {
    assertEquals(0, make(project).status());
    return Command.kvmpl("run", folder.resolve(project).resolve("scenario.yaml").toString());
  }

  @RequiresKvm
  @ParameterizedTest
  @CsvSource({
    "--driver, restricted",
    "--validator, too-large",
    "--codebase, quota",
    "--all, quota"
  })
  void project_buildsAndRunsAtOnce(String option, String verdict) throws Exception {
    made("p", option);

    Command run = run("p");

    assertEquals(0, run.status(), run.out() + run.err());
    assertTrue(run.out().contains(verdict), run.out());
    assertTrue(run.out().endsWith("all expectations held\n"), run.out());
  }

  /** As Maven would run it, without Maven. */
  @RequiresKvm
  @ParameterizedTest
  @ValueSource(strings = {"--all", "--driver"})
  void junitTest_passes(String option) throws Exception {
    made("p", option);
    assertEquals(0, make("p").status());
    Path project = folder.resolve("p");
    Path classes = folder.resolve("classes");
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    int compiled =
        compiler.run(
            null,
            said,
            said,
            "-d",
            classes.toString(),
            "--module-path",
            System.getProperty("jdk.module.path"),
            "--add-modules",
            "dev.kvmpl.cli",
            "-cp",
            System.getProperty("java.class.path"),
            project.resolve("src/test/java/ScenarioTest.java").toString());
    assertEquals(0, compiled, said.toString(StandardCharsets.UTF_8));
    List<String> line =
        Command.line(
            TestRun.class, "--roots", classes.toString(), "--reports", folder + "/reports");
    line.replaceAll(
        part -> part.equals(System.getProperty("java.class.path")) ? part + ":" + classes : part);

    Process run =
        new ProcessBuilder(line).directory(project.toFile()).redirectErrorStream(true).start();

    String out = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, run.waitFor(), out);
    assertTrue(out.contains("ScenarioTest  2 tests"), out);
  }

  @Test
  void folderWithASpace_builds() throws Exception {
    made("my project", "--driver");

    Command make = make("my project");

    assertEquals(0, make.status(), make.out() + make.err());
  }

  @Test
  void warnings_doNotStopTheBuild() throws Exception {
    made("p", "--driver");
    Path source = folder.resolve("p/drivers/counter.c");
    Files.writeString(source, Files.readString(source) + "static int unused(void) { return 1; }\n");

    Command make = make("p");

    assertEquals(0, make.status(), make.out() + make.err());
    assertTrue(make.err().contains("unused"), make.err());
  }

  @Test
  void errors_areTheCompilers_withTheUsersFileAndLine() throws Exception {
    made("p", "--driver");
    Files.writeString(folder.resolve("p/drivers/counter.c"), "int x = ;\n");

    Command make = make("p");

    assertEquals(2, make.status());
    assertTrue(make.err().contains("drivers/counter.c:1:"), make.err());
  }

  @RequiresKvm
  @Test
  void whatIsNotAsExpected_is4() throws Exception {
    made("p");
    Path driver = folder.resolve("p/drivers/counter.c");
    Files.writeString(driver, Files.readString(driver).replace("i + 1", "i + 2"));

    Command run = run("p");

    assertEquals(4, run.status(), run.out() + run.err());
    assertTrue(run.out().contains("not held: expected operation 1"), run.out());
  }

  @Test
  void makefile_knowsTheCommand_andTakesAnother() throws Exception {
    made("p", "--driver");

    Command make = make("p", "-n", "run", "KVMPL=/else/where/kvmpl");

    assertTrue(make.out().contains("\"/else/where/kvmpl\" run scenario.yaml"), make.out());
  }

  @Test
  void emptyFolder_isTaken() throws Exception {
    Files.createDirectory(folder.resolve("p"));

    made("p");

    assertTrue(Files.exists(folder.resolve("p/sdk/include/kvmpl/driver.h")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"full", "file"})
  void folderThatIsNotEmpty_isLeftAsItIs(String name) throws Exception {
    Files.createDirectory(folder.resolve("full"));
    Files.createFile(folder.resolve("full/mine"));
    Files.createFile(folder.resolve("file"));

    Command made = Command.kvmpl("new", folder.resolve(name).toString());

    assertEquals(2, made.status());
    assertTrue(made.err().contains("allowed is a folder that is not there, or empty"), made.err());
    assertFalse(Files.exists(folder.resolve(name).resolve("Makefile")));
  }

  @Test
  void payloadOfAnotherVersion_isRefused_andSaysWhatToDo() throws Exception {
    made("p", "--driver");
    Path version = folder.resolve("p/sdk/include/kvmpl/abi/version.h");
    Files.writeString(
        version, Files.readString(version).replace("KVMPL_ABI_VERSION 1", "KVMPL_ABI_VERSION 99"));

    Command run = run("p");

    assertEquals(2, run.status(), run.out());
    assertTrue(run.err().contains("build/counter.elf is built for version 99"), run.err());
    assertTrue(run.err().contains("build it again"), run.err());
  }
}
