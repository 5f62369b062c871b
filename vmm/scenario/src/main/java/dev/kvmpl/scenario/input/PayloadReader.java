// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario.input;

import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.yaml.YamlException;
import dev.kvmpl.yaml.YamlNode;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/** Reads payloads: built-in ones by their names, others by their paths. */
@SuppressWarnings("exports") // for the packages of this module
public final class PayloadReader {
  private static final List<String> PAYLOAD_KEYS = List.of("payload");

  private final Path folder;
  private final SequencedSet<Path> files = new LinkedHashSet<>();

  /** Bytes of memory that there still are for images. */
  private long room = MemoryLayout.PAYLOADS.imagesMax();

  /**
   * @param folder what paths are relative to
   */
  public PayloadReader(Path folder) {
    this.folder = folder;
  }

  /** What has been read from files, by the paths that it was found at. */
  public SequencedSet<Path> files() {
    return Collections.unmodifiableSequencedSet(files);
  }

  /** The payload that a node names, or the built-in one if there is no node. */
  public PayloadImage payload(@Nullable YamlNode node, BuiltInPayload otherwise)
      throws YamlException {
    if (node == null) {
      try {
        PayloadImage image = PayloadImage.parse(otherwise.bytes());
        room -= image.size();
        return image;
      } catch (PayloadImage.MalformedException e) {
        throw new IllegalStateException("built-in payload " + otherwise.fileName(), e);
      }
    }
    return payloadFile(YamlNode.required(node, node.mapping(PAYLOAD_KEYS), "payload", "this"));
  }

  /** A built-in payload by its name, or an ELF file by its path. */
  public PayloadImage payloadFile(YamlNode node) throws YamlException {
    String text = node.text();
    String shown = node.shown();
    byte[] bytes;
    if (BuiltInPayload.byName(text).isPresent()) {
      bytes = BuiltInPayload.byName(text).get().bytes();
    } else if (!text.contains("/") && !text.endsWith(".elf")) {
      throw node.wrong(
          String.format(
              Locale.ROOT,
              "is %s, allowed are %s, or the path of an ELF file (with a / or ending in .elf)",
              shown,
              BuiltInPayload.names()));
    } else {
      try {
        Path file = folder.resolve(text);
        bytes = InputFile.read(file, PayloadImage.FILE_MAX);
        files.add(file);
      } catch (IOException e) {
        throw node.wrong(
            String.format(Locale.ROOT, "%s cannot be read (%s)", shown, InputFile.reason(e)));
      } catch (InvalidPathException e) {
        throw node.wrong(String.format(Locale.ROOT, "%s is no path", shown));
      }
    }
    try {
      PayloadImage image = PayloadImage.parse(bytes);
      room -= image.size();
      if (room < 0) {
        throw node.wrong(
            String.format(
                Locale.ROOT,
                "%s makes more than %d KiB of payloads, allowed are %d KiB in all",
                shown,
                MemoryLayout.PAYLOADS.imagesMax() >> 10,
                MemoryLayout.PAYLOADS.imagesMax() >> 10));
      }
      return image;
    } catch (PayloadImage.MalformedException e) {
      throw node.wrong(String.format(Locale.ROOT, "%s is %s", shown, e.getMessage()));
    }
  }
}
