// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Documents that differ from one in one place: a value, a key more or less, a list's length. */
final class Changes {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /**
   * What can stand where something else stood: of every kind, and at the borders of what is
   * allowed.
   */
  private static final List<JsonNode> VALUES =
      Stream.of(
              Stream.of("", " ", "-1", "0", "1", "3", "4", "8", "9", "4096", "4097", "0x", "0x1000")
                  .map(NODES::textNode),
              Stream.of("0x1100000", "1.5", "64KiB", "64 KiB", "64kib", "0KiB", "1GiB", "10s", "0s")
                  .map(NODES::textNode),
              Stream.of("1ms", "9999999999s", "store", "ranges", "a", "b", "nobody", "x/../y")
                  .map(NODES::textNode),
              Stream.of("true", "yes", "write", "allowed", "would-refuse", "quota", "trap", "fault")
                  .map(NODES::textNode),
              Stream.of("threads", "mapping", "watch", "any-cpu", "failed", "ATTEMPT", "attempt")
                  .map(NODES::textNode),
              Stream.of("00", "0 0", "000", "zz", "a b", "a".repeat(64), "a".repeat(65), "ümlaut")
                  .map(NODES::textNode),
              Stream.of("18446744073709551616", "-4096", "18446744073709551615")
                  .map(text -> NODES.numberNode(new BigInteger(text))),
              Stream.of(-1L, 0L, 1L, 2L, 3L, 4L, 8L, 9L, 64L, 4096L, 4097L, 0x1100000L, 1L << 40)
                  .map(NODES::numberNode),
              Stream.of(NODES.booleanNode(true), NODES.booleanNode(false), NODES.numberNode(1.5)),
              Stream.of(NODES.arrayNode(), NODES.objectNode(), NODES.arrayNode().add(1)),
              Stream.of(NODES.objectNode().put("payload", "store")))
          .flatMap(values -> values.map(JsonNode.class::cast))
          .toList();

  private final JsonNode root;
  private final List<JsonNode> changed = new ArrayList<>();

  private Changes(JsonNode root) {
    this.root = root;
  }

  /** All of them. */
  static List<JsonNode> of(JsonNode document) {
    Changes changes = new Changes(document);
    changes.walk("");
    return changes.changed;
  }

  private void walk(String at) {
    JsonNode node = root.at(at);
    if (!at.isEmpty()) {
      VALUES.forEach(value -> put(at, value));
    }
    if (node instanceof ObjectNode object) {
      with(at, copy -> ((ObjectNode) copy).put("unknown", 1));
      object
          .fieldNames()
          .forEachRemaining(
              key -> {
                with(at, copy -> ((ObjectNode) copy).remove(key));
                walk(at + "/" + key);
              });
    } else if (node instanceof ArrayNode array) {
      with(at, copy -> ((ArrayNode) copy).removeAll());
      for (int i = 0; i < array.size(); i++) {
        int place = i;
        with(at, copy -> ((ArrayNode) copy).remove(place));
        with(at, copy -> ((ArrayNode) copy).add(array.get(place)));
        walk(at + "/" + i);
      }
      if (!array.isEmpty()) {
        with(at, copy -> fill((ArrayNode) copy));
      }
    }
  }

  /** More than any list may have. */
  private static void fill(ArrayNode list) {
    JsonNode one = list.get(0);
    for (int i = 0; i < 16400; i++) {
      list.add(one);
    }
  }

  private void put(String at, JsonNode value) {
    int last = at.lastIndexOf('/');
    String key = at.substring(last + 1);
    with(
        at.substring(0, last),
        parent -> {
          if (parent instanceof ObjectNode object) {
            object.set(key, value);
          } else {
            ((ArrayNode) parent).set(Integer.parseInt(key), value);
          }
        });
  }

  private void with(String at, java.util.function.Consumer<JsonNode> change) {
    JsonNode copy = root.deepCopy();
    change.accept(copy.at(at));
    changed.add(copy);
  }
}
