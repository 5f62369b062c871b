// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario;

import dev.kvmpl.machine.PayloadImage;
import dev.kvmpl.payloads.BuiltInPayload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/** Reads payloads: built-in ones by their names, others by their paths. */
final class PayloadReader {
  private static final List<String> PAYLOAD_KEYS = List.of("payload");

  /** Bytes: more than any level's memory holds. */
  private static final long PAYLOAD_MAX = 8 << 20;

  private final Path folder;
  private final SequencedSet<Path> files = new LinkedHashSet<>();

  /**
   * @param folder what paths are relative to
   */
  PayloadReader(Path folder) {
    this.folder = folder;
  }

  /** What has been read from files, by the paths that it was found at. */
  SequencedSet<Path> files() {
    return Collections.unmodifiableSequencedSet(files);
  }

  PayloadImage payload(@Nullable YamlNode node, BuiltInPayload otherwise) throws ScenarioException {
    if (node == null) {
      try {
        return PayloadImage.parse(otherwise.bytes());
      } catch (PayloadImage.MalformedException e) {
        throw new IllegalStateException("built-in payload " + otherwise.fileName(), e);
      }
    }
    return payloadFile(YamlNode.required(node, node.mapping(PAYLOAD_KEYS), "payload", "this"));
  }

  /** A built-in payload by its name, or an ELF file by its path. */
  PayloadImage payloadFile(YamlNode node) throws ScenarioException {
    String text = node.text();
    byte[] bytes;
    if (BuiltInPayload.byName(text).isPresent()) {
      bytes = BuiltInPayload.byName(text).get().bytes();
    } else if (!text.contains("/") && !text.endsWith(".elf")) {
      throw node.wrong(
          String.format(
              Locale.ROOT,
              "is %s, allowed are %s, or the path of an ELF file (with a / or ending in .elf)",
              text,
              BuiltInPayload.names()));
    } else {
      try {
        Path file = folder.resolve(text);
        if (Files.exists(file) && !Files.isRegularFile(file)) {
          throw node.wrong(String.format(Locale.ROOT, "%s cannot be read (no file)", text));
        }
        if (Files.exists(file) && Files.size(file) > PAYLOAD_MAX) {
          throw node.wrong(
              String.format(
                  Locale.ROOT,
                  "%s has %d bytes, allowed are %d",
                  text,
                  Files.size(file),
                  PAYLOAD_MAX));
        }
        bytes = Files.readAllBytes(file);
        files.add(file);
      } catch (IOException e) {
        throw node.wrong(String.format(Locale.ROOT, "%s cannot be read (%s)", text, reason(e)));
      } catch (InvalidPathException e) {
        throw node.wrong(String.format(Locale.ROOT, "%s is no path", text));
      }
    }
    try {
      return PayloadImage.parse(bytes);
    } catch (PayloadImage.MalformedException e) {
      throw node.wrong(String.format(Locale.ROOT, "%s is %s", text, e.getMessage()));
    }
  }

  static String reason(IOException e) {
    return switch (e) {
      case java.nio.file.NoSuchFileException ignored -> "no such file";
      case java.nio.file.AccessDeniedException ignored -> "no permission";
      case java.nio.charset.CharacterCodingException ignored -> "not UTF-8 text";
      default -> String.valueOf(e.getMessage());
    };
  }
}
