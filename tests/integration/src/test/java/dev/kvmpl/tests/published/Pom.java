// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.published;

import dev.kvmpl.tests.support.SourceTree;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** A POM of this source tree, as it is written. */
final class Pom {
  private static final XPath XPATH = XPathFactory.newInstance().newXPath();

  private final Document document;

  private Pom(Document document) {
    this.document = document;
  }

  /** The one in a folder of the tree; "" is the parent. */
  static Pom of(String module) throws Exception {
    Path file = SourceTree.root().resolve(module).resolve("pom.xml");
    return new Pom(DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile()));
  }

  /** The folders of all modules. */
  static List<String> modules() throws Exception {
    return of("").texts("/project/modules/module");
  }

  /** The folders of those that are published: all but the tests. */
  static List<String> published() throws Exception {
    return modules().stream().filter(module -> !module.startsWith("tests/")).toList();
  }

  /** The text of the one element, empty if there is none. */
  String text(String path) throws XPathExpressionException {
    return XPATH.evaluate(path, document).strip();
  }

  /** The texts of all such elements. */
  List<String> texts(String path) throws XPathExpressionException {
    NodeList nodes = (NodeList) XPATH.evaluate(path, document, XPathConstants.NODESET);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      texts.add(nodes.item(i).getTextContent().strip());
    }
    return texts;
  }

  /** What it names of others and of ours: libraries, plugins, processors, group and artifact. */
  List<String> coordinates() throws XPathExpressionException {
    NodeList artifacts =
        (NodeList)
            XPATH.evaluate(
                "//dependency | //plugin | //path | //artifactItem",
                document,
                XPathConstants.NODESET);
    List<String> coordinates = new ArrayList<>();
    for (int i = 0; i < artifacts.getLength(); i++) {
      Node artifact = artifacts.item(i);
      coordinates.add(
          XPATH.evaluate("groupId", artifact) + ":" + XPATH.evaluate("artifactId", artifact));
    }
    return coordinates;
  }
}
