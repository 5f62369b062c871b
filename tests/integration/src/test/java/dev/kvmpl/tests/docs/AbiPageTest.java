// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.SourceTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * docs/abi.md is what abi.h says. After a change to that, {@code ./kvmpl test --tests AbiPageTest
 * -Dkvmpl.docs=write} writes the page anew.
 */
@Tag(SourceTree.TAG)
class AbiPageTest {
  private static final Path ABI = SourceTree.root().resolve("guest-payloads/include/kvmpl/abi.h");
  private static final Pattern NAME =
      Pattern.compile(
          "^#define (\\w+) \\S|^struct (\\w+) \\{|^  (KVMPL_STEP_\\w+)", Pattern.MULTILINE);

  @Test
  void page_isWhatTheHeadersSay() throws Exception {
    Path page = SourceTree.root().resolve("docs/abi.md");
    String made = AbiPage.of(ABI);
    if ("write".equals(System.getProperty("kvmpl.docs"))) {
      Files.writeString(page, made);
    }

    assertEquals(made, Files.readString(page), "-Dkvmpl.docs=write writes it anew");
  }

  @Test
  void page_hasEveryConstantAndStruct() throws Exception {
    String made = AbiPage.of(ABI);
    int found = 0;
    try (Stream<Path> headers = Files.list(ABI.resolveSibling("abi"))) {
      for (Path header : headers.toList()) {
        for (MatchResult name : NAME.matcher(Files.readString(header)).results().toList()) {
          String text =
              Stream.of(1, 2, 3)
                  .map(name::group)
                  .filter(one -> one != null)
                  .findFirst()
                  .orElseThrow();
          assertTrue(made.contains(text), text);
          found++;
        }
      }
    }
    assertTrue(found > 200, found + " names");
  }
}
