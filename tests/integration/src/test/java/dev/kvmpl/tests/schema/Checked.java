// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.kvmpl.schema.Schemas.Kind;
import java.io.IOException;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** A schema with a validator, and YAML as an editor sees it: YAML 1.2's core schema. */
final class Checked {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final Schema schema;

  Checked(JsonNode schema) {
    this.schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7).getSchema(schema);
  }

  static Checked of(Kind kind) throws IOException {
    return new Checked(json(kind.text()));
  }

  static JsonNode json(String text) throws IOException {
    return JSON.readTree(text);
  }

  /** What a document breaks, a line each. */
  List<String> complaints(JsonNode document) {
    return schema.validate(document).stream()
        .map(error -> error.getInstanceLocation() + ": " + error.getMessage())
        .toList();
  }

  /** A YAML file's values, with keys as they are written. */
  static JsonNode yaml(String text) {
    LoadSettings settings = LoadSettings.builder().setSchema(new CoreSchema()).build();
    Optional<Node> root =
        new Composer(settings, new ParserImpl(settings, new StreamReader(settings, text)))
            .getSingleNode();
    return value(root.orElseThrow());
  }

  private static JsonNode value(Node node) {
    return switch (node) {
      case MappingNode mapping -> {
        ObjectNode object = NODES.objectNode();
        for (NodeTuple tuple : mapping.getValue()) {
          object.set(((ScalarNode) tuple.getKeyNode()).getValue(), value(tuple.getValueNode()));
        }
        yield object;
      }
      case SequenceNode sequence -> {
        ArrayNode array = NODES.arrayNode();
        sequence.getValue().forEach(item -> array.add(value(item)));
        yield array;
      }
      case ScalarNode scalar -> scalar(scalar);
      default -> throw new IllegalArgumentException(node.toString());
    };
  }

  private static JsonNode scalar(ScalarNode scalar) {
    String text = scalar.getValue();
    if (scalar.getTag().equals(Tag.INT)) {
      return NODES.numberNode(
          text.startsWith("0x") ? new BigInteger(text.substring(2), 16) : new BigInteger(text));
    }
    if (scalar.getTag().equals(Tag.FLOAT)) {
      return NODES.numberNode(Double.parseDouble(text));
    }
    if (scalar.getTag().equals(Tag.BOOL)) {
      return NODES.booleanNode(Boolean.parseBoolean(text));
    }
    return scalar.getTag().equals(Tag.NULL) ? NODES.nullNode() : NODES.textNode(text);
  }
}
