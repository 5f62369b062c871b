// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.payloads.Sdk;
import dev.kvmpl.schema.Schemas;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The files of a project of one's own. */
final class Project {
  private static final Pattern MARKED = Pattern.compile("@([A-Z-]+)@(.*)");

  private Project() {}

  /** What a project can have. */
  enum Part {
    /** A driver. */
    DRIVER("drivers/counter.c", "a driver, which stores to kernel memory"),
    /** A validator. */
    VALIDATOR("validators/policy.c", "a validator, which decides at VMPL0 what drivers may do"),
    /** A codebase. */
    CODEBASE("codebases/quota.c", "a codebase, which decides for a part of memory");

    private final String file;
    private final String meaning;

    Part(String file, String meaning) {
      this.file = file;
      this.meaning = meaning;
    }
  }

  /** Writes a project with these parts. */
  static void write(Path folder, Set<Part> parts) throws IOException {
    StringBuilder list = new StringBuilder();
    for (Part part : Part.values()) {
      if (parts.contains(part)) {
        file(folder, part.file, resource(part.file));
        list.append("- `").append(part.file).append("`: ").append(part.meaning).append('\n');
      }
    }
    Path name = folder.toAbsolutePath().normalize().getFileName();
    file(folder, "Makefile", resource("Makefile").replace("@KVMPL@", command()));
    file(folder, ".gitignore", resource("gitignore"));
    file(
        folder,
        "README.md",
        resource("README.md")
            .replace("@NAME@", name == null ? "kvmpl" : name.toString())
            .replace("@PARTS@", list));
    file(
        folder,
        "pom.xml",
        resource("pom.xml")
            .replace("@NAME@", artifact(name))
            .replace("@VERSION@", Version.number()));
    file(folder, "src/test/java/ScenarioTest.java", filled(resource("ScenarioTest.java"), parts));
    file(folder, "scenario.yaml", filled(resource("scenario.yaml"), parts));
    file(folder, Schemas.Kind.SCENARIO.fileName(), Schemas.Kind.SCENARIO.text());
    Sdk.unpack(folder.resolve("sdk"));
  }

  /** As Maven allows it. */
  private static String artifact(@Nullable Path name) {
    String text = name == null ? "" : name.toString().replaceAll("[^A-Za-z0-9_.-]", "-");
    return text.isEmpty() ? "project" : text;
  }

  private static void file(Path folder, String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /** What this program was started by, if it is known. */
  private static String command() {
    String root = System.getProperty("kvmpl.root");
    String built = System.getProperty("kvmpl.command", "kvmpl");
    return (root == null ? built : Path.of(root, "kvmpl").toString()).replace("$", "$$");
  }

  /** A template's lines that are for these parts: a line may begin with for which it is. */
  private static String filled(String template, Set<Part> parts) {
    Set<String> wanted = new HashSet<>();
    for (Part part : Part.values()) {
      wanted.add((parts.contains(part) ? "" : "NO-") + part.name());
    }
    if (parts.size() > 1) {
      wanted.add("CODEBASE-OR-VALIDATOR");
    }
    StringBuilder text = new StringBuilder();
    for (String line : template.lines().toList()) {
      Matcher marked = MARKED.matcher(line);
      if (!marked.matches()) {
        text.append(line).append('\n');
      } else if (wanted.contains(marked.group(1))) {
        text.append(marked.group(2)).append('\n');
      }
    }
    return text.toString();
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = Project.class.getResourceAsStream("project/" + name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from this build");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
