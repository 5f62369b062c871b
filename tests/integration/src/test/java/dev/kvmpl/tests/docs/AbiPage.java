// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** docs/abi.md, made of abi.h and the headers that it includes. */
final class AbiPage {
  private static final Pattern INCLUDE = Pattern.compile("#include \"(abi/\\w+\\.h)\"");
  private static final Pattern DEFINE = Pattern.compile("#define (\\w+) +([^/]*?) *(/\\*.*)?");
  private static final Pattern TITLE = Pattern.compile("-{4} *(.*?)-{4,}(.*)");

  private final StringBuilder page = new StringBuilder();
  private boolean inTable;

  private AbiPage() {}

  /** The page as it has to be. */
  static String of(Path abi) throws IOException {
    AbiPage page = new AbiPage();
    page.page.append(
        """
        # What guests and the hypervisor agree on

        [abi.h](../guest-payloads/include/kvmpl/abi.h), for who writes guest code and for who reads a trace. This page is made of
        it by `AbiPageTest`. Names that begin with KVMPL_ are kvmpl's own; all others have the values that AMD has published:
        [GHCB] is AMD 56421, [SVSM] AMD 58019, [APM] the AMD64 manual's volumes 2 and 3. Numbers are little-endian, `long` has 8
        bytes. Who may ask for what is in [protocol.md](protocol.md).
        """);
    Matcher includes = INCLUDE.matcher(Files.readString(abi));
    while (includes.find()) {
      page.header(abi.resolveSibling(includes.group(1)));
    }
    return page.page.toString();
  }

  private void header(Path file) throws IOException {
    Deque<String> lines = new ArrayDeque<>(Files.readAllLines(file));
    String about = comment(lines).replaceFirst("SPDX-License-Identifier: [-A-Za-z0-9.]+ ", "");
    about = about.replaceFirst("Part of abi.h, [^.]*\\. ?", "");
    paragraph("## " + file.getFileName());
    if (!about.isEmpty()) {
      paragraph(escaped(about));
    }
    while (!lines.isEmpty()) {
      String line = lines.getFirst();
      if (line.startsWith("/*")) {
        section(comment(lines));
      } else if (line.startsWith("struct ") || line.startsWith("enum ")) {
        block(lines);
      } else {
        Matcher define = DEFINE.matcher(lines.removeFirst());
        if (define.matches() && !define.group(2).isEmpty()) {
          row(define.group(1), define.group(2), rest(define.group(3), lines));
        }
      }
    }
  }

  /** A comment that begins on the next line, as one line. */
  private static String comment(Deque<String> lines) {
    List<String> text = new ArrayList<>();
    String line;
    do {
      line = lines.removeFirst();
      text.add(line.replaceAll("\\*/.*$", "").replaceAll("^ */?\\*+ ?", "").strip());
    } while (!line.contains("*/"));
    return String.join(" ", text).strip();
  }

  /** A comment behind a value, which may go on below. */
  private static String rest(@Nullable String begin, Deque<String> lines) {
    if (begin == null) {
      return "";
    }
    StringBuilder text = new StringBuilder(begin);
    while (text.indexOf("*/") < 0) {
      text.append(' ').append(lines.removeFirst().strip());
    }
    return text.toString().replaceAll("/\\*|\\*/", "").strip();
  }

  private void section(String comment) {
    Matcher title = TITLE.matcher(comment);
    if (title.matches()) {
      paragraph("### " + title.group(1).strip());
      if (!title.group(2).isBlank()) {
        text(title.group(2).strip());
      }
    } else {
      text(comment);
    }
  }

  /** Prose, or a list of places, which keeps its lines. */
  private void text(String comment) {
    String[] places = comment.split(" (?=[0-9a-f]{8} )");
    paragraph(escaped(places[0]));
    if (places.length > 1) {
      paragraph(
          "```\n" + String.join("\n", Arrays.asList(places).subList(1, places.length)) + "\n```");
    }
  }

  private void block(Deque<String> lines) {
    StringBuilder code = new StringBuilder("```c\n");
    String line;
    do {
      line = lines.removeFirst();
      code.append(line).append('\n');
    } while (!line.startsWith("}"));
    paragraph(code + "```");
  }

  private void row(String name, String value, String meaning) {
    if (!inTable) {
      page.append("\n| name | value | |\n|---|---|---|\n");
      inTable = true;
    }
    page.append("| `" + name + "` | `" + value + "` | " + escaped(meaning) + " |\n");
  }

  private void paragraph(String text) {
    inTable = false;
    page.append('\n').append(text.strip()).append('\n');
  }

  private static String escaped(String text) {
    return text.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;");
  }
}
