// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class CpioArchiveTest {
  /** Mode, name and contents of each entry. */
  private static List<String> entries(byte[] archive) {
    List<String> entries = new ArrayList<>();
    String text = new String(archive, StandardCharsets.ISO_8859_1);
    for (int at = 0; at < text.length(); ) {
      assertEquals("070701", text.substring(at, at + 6));
      int mode = Integer.parseInt(text.substring(at + 14, at + 22), 16);
      int size = Integer.parseInt(text.substring(at + 54, at + 62), 16);
      int nameSize = Integer.parseInt(text.substring(at + 94, at + 102), 16);
      String name = text.substring(at + 110, at + 110 + nameSize - 1);
      int contents = at + 110 + nameSize + 3 & -4;
      entries.add(
          String.format(
                  Locale.ROOT, "%o %s %s", mode, name, text.substring(contents, contents + size))
              .strip());
      at = contents + size + 3 & -4;
    }
    return entries;
  }

  @Test
  void foldersOfFiles_comeOnceAndBefore() {
    byte[] archive =
        new CpioArchive()
            .file("a/b/c", "hello".getBytes(StandardCharsets.US_ASCII))
            .program("a/d", new byte[] {'x'})
            .link("e", "a/d")
            .bytes();

    assertEquals(
        List.of(
            "40755 a",
            "40755 a/b",
            "100644 a/b/c hello",
            "100755 a/d x",
            "120777 e a/d",
            "0 TRAILER!!!"),
        entries(archive));
  }
}
