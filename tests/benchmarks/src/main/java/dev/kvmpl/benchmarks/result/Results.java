// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.result;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kvmpl.benchmarks.run.Measured;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The results of one run.
 *
 * @param entries in the order in which they were measured
 * @param notHere what this host cannot do, with the reason
 * @param json all of it, as it is stored
 */
public record Results(List<Entry> entries, SequencedMap<String, String> notHere, String json) {
  private static final String NOT_HERE = "notHere";

  /** Of what has just been measured. */
  public static Results of(
      List<Measured> measured, Map<String, String> notHere, Map<String, String> host) {
    ArrayNode all = JmhJson.MAPPER.createArrayNode();
    measured.forEach(one -> all.add(JmhJson.of(one, host)));
    if (!all.isEmpty()) {
      ObjectNode reasons = ((ObjectNode) all.get(0).get(JmhJson.OURS)).putObject(NOT_HERE);
      notHere.forEach(reasons::put);
    }
    try {
      String json = JmhJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(all);
      return all.isEmpty()
          ? new Results(List.of(), new LinkedHashMap<>(notHere), json)
          : parse(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write results", e);
    }
  }

  /**
   * Reads what {@link #json} has.
   *
   * @throws IllegalArgumentException if it is something else; the message says why
   */
  public static Results parse(String json) {
    JsonNode all;
    try {
      all = JmhJson.MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("no JSON", e);
    }
    if (!all.isArray()) {
      throw new IllegalArgumentException("no results of kvmpl bench");
    }
    List<Entry> entries = new ArrayList<>();
    all.forEach(entry -> entries.add(Entry.of(entry)));
    SequencedMap<String, String> notHere = new LinkedHashMap<>();
    all.path(0)
        .path(JmhJson.OURS)
        .path(NOT_HERE)
        .properties()
        .forEach(reason -> notHere.put(reason.getKey(), reason.getValue().asText()));
    return new Results(List.copyOf(entries), notHere, json);
  }

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException if something else is in it; the message names the file
   * @throws IOException if it cannot be read
   */
  public static Results read(Path file) throws IOException {
    try {
      return parse(Files.readString(file, StandardCharsets.UTF_8));
    } catch (java.nio.charset.CharacterCodingException e) {
      throw new IllegalArgumentException(file + ": no text", e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  /** The host on which they were measured, empty without any. */
  public SequencedMap<String, String> host() {
    return entries.isEmpty() ? new LinkedHashMap<>() : entries.getFirst().host();
  }
}
