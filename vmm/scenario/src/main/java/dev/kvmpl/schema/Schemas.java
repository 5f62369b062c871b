// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.schema;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * JSON schemas (draft 7) of what kvmpl reads and writes, for editors and other programs. They know
 * less than the readers do: what depends on two values, or on a file, is theirs alone.
 */
public final class Schemas {
  private Schemas() {}

  /** What there is a schema of. */
  public enum Kind {
    /** A scenario file. */
    SCENARIO,
    /** The file that {@code kvmpl boot} takes. */
    BOOT,
    /** What {@code kvmpl run --json} prints. */
    RESULT;

    /** The name in documents. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The name of its file. */
    public String fileName() {
      return label() + ".schema.json";
    }

    /** The schema. */
    public String text() {
      try (InputStream in = Schemas.class.getResourceAsStream(fileName())) {
        if (in == null) {
          throw new IllegalStateException(fileName() + " is missing from this build");
        }
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The kind of that label. */
  public static Optional<Kind> byLabel(String label) {
    return Arrays.stream(Kind.values()).filter(kind -> kind.label().equals(label)).findFirst();
  }

  /** The labels of all of them, for people. */
  public static String labels() {
    return Arrays.stream(Kind.values()).map(Kind::label).collect(Collectors.joining(", "));
  }
}
