// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.published;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.kvmpl.tests.support.SourceTree;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a public repository asks of POMs; {@code mvn -P release verify} asks it of what Maven makes
 * of them.
 */
@Tag(SourceTree.TAG)
class PublishedPomsTest {
  private static final String BOM = "vmm/bom";

  @Test
  void everyPublishedArtifact_hasANameAndADescriptionOfItsOwn() throws Exception {
    List<String> descriptions = new ArrayList<>();
    for (String module : Pom.published()) {
      Pom pom = Pom.of(module);
      assertEquals(pom.text("/project/artifactId"), pom.text("/project/name"), module);
      descriptions.add(pom.text("/project/description"));
    }

    assertFalse(descriptions.contains(""), descriptions::toString);
    assertEquals(descriptions.size(), descriptions.stream().distinct().count());
    assertEquals(9, descriptions.size());
  }

  /** It has no parent, so that who imports it does not get the versions of our libraries. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "groupId",
        "version",
        "url",
        "organization",
        "licenses",
        "developers",
        "scm",
        "properties/project.build.outputTimestamp"
      })
  void bom_saysWhatTheParentSays(String element) throws Exception {
    String path = "normalize-space(/project/" + element + ")";
    String said = Pom.of("").text(path);

    assertFalse(said.isEmpty(), element);
    assertEquals(said, Pom.of(BOM).text(path));
    assertEquals("", Pom.of(BOM).text("/project/parent/artifactId"));
  }

  @Test
  void bom_hasEveryPublishedArtifact_andNothingElse() throws Exception {
    List<String> artifacts = new ArrayList<>();
    for (String module : Pom.published()) {
      if (!module.equals(BOM)) {
        artifacts.add(Pom.of(module).text("/project/artifactId"));
      }
    }

    List<String> managed =
        Pom.of(BOM).texts("/project/dependencyManagement/dependencies/dependency/artifactId");

    assertEquals(artifacts, managed);
  }

  /**
   * A release names them; a number that follows the time would be one that nobody can build again.
   */
  @Test
  void everyVersionOfAPlugin_isSaid() throws Exception {
    List<String> without =
        Pom.of("").texts("//pluginManagement/plugins/plugin[not(version)]/artifactId");

    assertEquals(List.of(), without);
  }
}
