// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Reads reports in JUnit's XML form, whoever has written them. */
final class Reports {
  private Reports() {}

  /**
   * What all reports in a folder say together; nothing if it is not there.
   *
   * @throws IOException if one of them cannot be read, or is not a whole report
   */
  static Counts read(Path folder) throws IOException {
    Counts sum = Counts.NONE;
    for (Path file : files(folder)) {
      try (InputStream in = Files.newInputStream(file)) {
        sum = sum.plus(counts(in));
      } catch (XMLStreamException | NumberFormatException e) {
        throw new IOException("damaged report " + file + ": " + e.getMessage(), e);
      }
    }
    return sum;
  }

  private static List<Path> files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".xml")).sorted().toList();
    }
  }

  /** The sum of the outermost suites, which count those within them. */
  private static Counts counts(InputStream in) throws XMLStreamException {
    XMLInputFactory factory = XMLInputFactory.newFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    XMLStreamReader reader = factory.createXMLStreamReader(in);
    Counts sum = Counts.NONE;
    int suites = 0;
    while (reader.hasNext()) {
      switch (reader.next()) {
        case XMLStreamReader.START_ELEMENT -> {
          if (reader.getLocalName().equals("testsuite") && suites++ == 0) {
            sum = sum.plus(suite(reader));
          }
        }
        case XMLStreamReader.END_ELEMENT -> {
          if (reader.getLocalName().equals("testsuite")) {
            suites--;
          }
        }
        default -> {}
      }
    }
    return sum;
  }

  private static Counts suite(XMLStreamReader reader) {
    int failed = attribute(reader, "failures") + attribute(reader, "errors");
    int skipped = attribute(reader, "skipped");
    return new Counts(attribute(reader, "tests") - failed - skipped, failed, skipped);
  }

  private static int attribute(XMLStreamReader reader, String name) {
    String value = reader.getAttributeValue(null, name);
    return value == null ? 0 : Integer.parseInt(value);
  }
}
