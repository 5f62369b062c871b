// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code objdump} makes of the first instruction of some bytes, in Intel's syntax, which says
 * how wide an operand is.
 *
 * @param length bytes of the instruction
 * @param text its prefixes, mnemonic and operands
 */
record Disassembly(int length, String text) {
  private static final Pattern LABEL = Pattern.compile("[0-9a-f]+ <i([0-9]+)>:");
  private static final Pattern LINE = Pattern.compile("\\s*[0-9a-f]+:\t([0-9a-f ]+?)\\s*\t(.*)");

  /** Of each of these, in their order. Each starts at a label, so that none runs into the next. */
  static List<Disassembly> of(List<byte[]> codes, Path folder)
      throws IOException, InterruptedException {
    StringBuilder source = new StringBuilder();
    for (int i = 0; i < codes.size(); i++) {
      source.append('i').append(i).append(":.byte ");
      for (byte b : codes.get(i)) {
        source.append(b & 0xff).append(',');
      }
      source.setCharAt(source.length() - 1, '\n');
    }
    Path assembly = folder.resolve("forms.s");
    Path object = folder.resolve("forms.o");
    Files.writeString(assembly, source);
    run(folder, "as", "--64", "-o", object.toString(), assembly.toString());
    Path listing =
        run(folder, "objdump", "-d", "-w", "-z", "-M", "intel,intel64", object.toString());
    List<Disassembly> all = new ArrayList<>();
    try (BufferedReader lines = Files.newBufferedReader(listing)) {
      String line = lines.readLine();
      while (line != null) {
        Matcher label = LABEL.matcher(line);
        line = lines.readLine();
        if (label.matches()) {
          assertEquals(all.size(), Integer.parseInt(label.group(1)));
          Matcher first = LINE.matcher(line);
          all.add(
              first.matches()
                  ? new Disassembly((first.group(1).length() + 1) / 3, first.group(2).strip())
                  : new Disassembly(0, line));
        }
      }
    }
    assertEquals(codes.size(), all.size());
    return all;
  }

  private static Path run(Path folder, String... command) throws IOException, InterruptedException {
    Path output = folder.resolve(command[0] + ".out");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ", see " + output);
    return output;
  }
}
