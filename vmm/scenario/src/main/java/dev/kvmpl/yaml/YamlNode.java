// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.yaml;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/** A value in a YAML file that knows its line, so that every complaint can name it. */
public final class YamlNode {
  /** Characters read at once: with each piece of a long line the reader copies those before. */
  private static final int BUFFER = 1 << 16;

  /** Characters of a value that a complaint shows. */
  private static final int SHOWN_MAX = 200;

  private static final Pattern DECIMAL = Pattern.compile("[0-9]+");
  private static final Pattern HEXADECIMAL = Pattern.compile("0x[0-9a-fA-F]+");

  private final String file;
  private final Node node;
  private final String path;

  private YamlNode(String file, Node node, String path) {
    this.file = file;
    this.node = node;
    this.path = path;
  }

  /** Parses a whole file. */
  public static YamlNode parse(String file, String text) throws YamlException {
    LoadSettings settings = LoadSettings.builder().setLabel(file).setBufferSize(BUFFER).build();
    Optional<Node> root;
    StreamReader reader = new StreamReader(settings, text);
    try {
      LimitedParser parser = new LimitedParser(new ParserImpl(settings, reader));
      root = new Composer(settings, parser).getSingleNode();
    } catch (LimitedParser.LimitException e) {
      throw YamlException.at(file, e.line(), String.valueOf(e.getMessage()));
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      throw YamlException.at(file, line, "not YAML: " + oneLine(e.getProblem()));
    } catch (YamlEngineException e) {
      throw YamlException.at(file, 1, "not YAML: " + oneLine(String.valueOf(e.getMessage())));
    } catch (IllegalArgumentException e) { // the library's, at an escape beyond Unicode
      throw YamlException.at(file, reader.getLine() + 1, "not YAML: no such character");
    }
    if (root.isEmpty()) {
      throw YamlException.at(file, 1, "an empty file, allowed is a mapping");
    }
    return new YamlNode(file, root.get(), "the scenario");
  }

  private static String oneLine(String text) {
    return shortened(text.replaceAll("\\s+", " ").strip());
  }

  private static String shortened(String text) {
    return text.length() <= SHOWN_MAX ? text : text.substring(0, SHOWN_MAX) + "...";
  }

  /** Whether it has keys. */
  public boolean isMapping() {
    return node instanceof MappingNode;
  }

  /** The value under each key; a key that is not in {@code allowed} is a complaint. */
  public Map<String, YamlNode> mapping(List<String> allowed) throws YamlException {
    if (!(node instanceof MappingNode mapping)) {
      throw wrong("is no mapping, allowed are the keys " + String.join(", ", allowed));
    }
    Map<String, YamlNode> values = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      YamlNode key = new YamlNode(file, tuple.getKeyNode(), path);
      String name = key.text();
      if (!allowed.contains(name)) {
        throw key.complain(
            String.format(
                Locale.ROOT,
                "unknown key %s in %s, allowed are %s",
                key.shown(),
                path,
                String.join(", ", allowed)));
      }
      if (values.put(name, new YamlNode(file, tuple.getValueNode(), name)) != null) {
        throw key.complain(
            String.format(Locale.ROOT, "key %s twice in %s, allowed is once", name, path));
      }
    }
    return values;
  }

  /**
   * The value at a path of keys and, in lists, places from 0 on; where it ends, the last one that
   * there is.
   */
  public YamlNode at(List<Object> steps) {
    YamlNode at = this;
    for (Object step : steps) {
      YamlNode next = at.child(step);
      if (next == null) {
        return at;
      }
      at = next;
    }
    return at;
  }

  private @Nullable YamlNode child(Object step) {
    if (step instanceof Integer place) {
      return node instanceof SequenceNode list && place < list.getValue().size()
          ? new YamlNode(file, list.getValue().get(place), path)
          : null;
    }
    if (node instanceof MappingNode mapping) {
      for (NodeTuple tuple : mapping.getValue()) {
        if (tuple.getKeyNode() instanceof ScalarNode key && key.getValue().equals(step)) {
          return new YamlNode(file, tuple.getValueNode(), key.getValue());
        }
      }
    }
    return null;
  }

  /** The value of a key that has to be there. */
  public static YamlNode required(YamlNode in, Map<String, YamlNode> keys, String key, String what)
      throws YamlException {
    YamlNode value = keys.get(key);
    if (value == null) {
      throw in.complain(String.format(Locale.ROOT, "%s without %s, which is needed", what, key));
    }
    return value;
  }

  /**
   * The entries of a mapping whose keys are anything, in their order.
   *
   * @param most so many at most
   */
  public Map<YamlNode, YamlNode> entries(int most) throws YamlException {
    if (!(node instanceof MappingNode mapping)) {
      throw wrong("is no mapping");
    }
    if (mapping.getValue().size() > most) {
      throw wrong(
          String.format(
              Locale.ROOT, "has %d entries, allowed are %d", mapping.getValue().size(), most));
    }
    Map<YamlNode, YamlNode> entries = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      entries.put(
          new YamlNode(file, tuple.getKeyNode(), path),
          new YamlNode(file, tuple.getValueNode(), path));
    }
    return entries;
  }

  /** The values of a list that has at most so many. */
  public List<YamlNode> list(int most) throws YamlException {
    if (!(node instanceof SequenceNode sequence)) {
      throw wrong("is no list");
    }
    List<YamlNode> items =
        sequence.getValue().stream().map(item -> new YamlNode(file, item, path)).toList();
    if (items.size() > most) {
      throw items
          .get(most)
          .wrong(String.format(Locale.ROOT, "has %d entries, allowed are %d", items.size(), most));
    }
    return items;
  }

  public String text() throws YamlException {
    if (!(node instanceof ScalarNode scalar)) {
      throw wrong("is no single value");
    }
    return scalar.getValue();
  }

  /** The same for a complaint, which shows the start of a long one. */
  public String shown() throws YamlException {
    return shortened(text());
  }

  /** A number from 0 to 2^64 - 1, decimal or with 0x. */
  public long number() throws YamlException {
    String text = text();
    try {
      if (HEXADECIMAL.matcher(text).matches()) {
        return Long.parseUnsignedLong(text.substring(2), 16);
      }
      if (DECIMAL.matcher(text).matches()) {
        return Long.parseUnsignedLong(text);
      }
    } catch (NumberFormatException e) {
      // more than 64 bits: falls through to the complaint that all wrong values get
    }
    throw wrong(
        String.format(Locale.ROOT, "is %s, allowed is a number such as 4096 or 0x1000", shown()));
  }

  /** A {@link #number}, or {@code most} if it is greater. */
  public static long atMost(long number, long most) {
    return Long.compareUnsigned(number, most) > 0 ? most : number;
  }

  /** A number of bytes: as {@link #number}, or with KiB, MiB or GiB behind it. */
  public long bytes() throws YamlException {
    String text = text();
    int shift =
        text.endsWith("KiB") ? 10 : text.endsWith("MiB") ? 20 : text.endsWith("GiB") ? 30 : 0;
    if (shift == 0) {
      return number();
    }
    String count = text.substring(0, text.length() - "KiB".length()).strip();
    try {
      if (DECIMAL.matcher(count).matches()) {
        return Math.multiplyExact(Long.parseLong(count), 1L << shift);
      }
    } catch (NumberFormatException | ArithmeticException e) {
      // falls through to the complaint that all wrong values get
    }
    throw wrong(
        String.format(
            Locale.ROOT, "is %s, allowed is a size such as 4096, 64KiB or 32MiB", shown()));
  }

  /** Bytes as pairs of hex digits, at least one; spaces do not count. */
  public byte[] bytesInHex() throws YamlException {
    String digits = text().replace(" ", "");
    if (digits.isEmpty() || digits.length() % 2 != 0 || !digits.matches("[0-9a-fA-F]*")) {
      throw wrong(
          String.format(Locale.ROOT, "is \"%s\", allowed are pairs of hex digits", shown()));
    }
    return HexFormat.of().parseHex(digits);
  }

  /** "KEY is such and such", at this value's line. */
  public YamlException wrong(String what) {
    return complain(path + " " + what);
  }

  /** A complaint at this value's line. */
  public YamlException complain(String what) {
    return YamlException.at(file, line(), what);
  }

  private int line() {
    @Nullable Mark mark = node.getStartMark().orElse(null);
    return mark == null ? 1 : mark.getLine() + 1;
  }
}
