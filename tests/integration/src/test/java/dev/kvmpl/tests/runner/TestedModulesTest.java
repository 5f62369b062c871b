// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleReader;
import java.lang.module.ResolvedModule;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Whoever runs the tests, Maven or {@code ./kvmpl}: they meet what was compiled last, no older jar.
 */
@Tag(SourceTree.TAG)
class TestedModulesTest {
  private static final List<String> FOLDERS =
      List.of(
          "bindings",
          "guest-payloads",
          "vmm/kvm",
          "vmm/machine",
          "vmm/linux",
          "vmm/scenario",
          "vmm/cli");

  /** Where the compiler has put each module of the product. */
  private static Map<String, Path> compiled() throws IOException {
    Map<String, Path> modules = new TreeMap<>();
    for (String folder : FOLDERS) {
      Path classes = SourceTree.root().resolve(folder).resolve("target/classes");
      try (InputStream in = Files.newInputStream(classes.resolve("module-info.class"))) {
        modules.put(ModuleDescriptor.read(in).name(), classes);
      }
    }
    return modules;
  }

  private static Stream<ResolvedModule> loaded() {
    return ModuleLayer.boot().configuration().modules().stream()
        .filter(module -> module.name().startsWith("dev.kvmpl."));
  }

  @Test
  void modulesOfTheProduct_areAllThere() throws IOException {
    assertEquals(compiled().keySet(), new TreeSet<>(loaded().map(ResolvedModule::name).toList()));
  }

  @Test
  void classes_areThoseCompiledLast() throws IOException {
    Map<String, Path> compiled = compiled();
    for (ResolvedModule module : loaded().toList()) {
      Path classes = Objects.requireNonNull(compiled.get(module.name()));
      try (ModuleReader reader = module.reference().open();
          Stream<String> names = reader.list()) {
        // A jar's module-info has the version in it.
        for (String name : names.filter(n -> n.matches("dev/.*[.]class")).toList()) {
          ByteBuffer tested = reader.read(name).orElseThrow();
          byte[] bytes = new byte[tested.remaining()];
          tested.get(bytes);
          assertArrayEquals(Files.readAllBytes(classes.resolve(name)), bytes, name);
        }
      }
    }
  }
}
