// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.payloads;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** A payload that comes with kvmpl: an ELF file among this module's resources. */
public enum BuiltInPayload {
  /** The guest kernel's part at VMPL1: starts the drivers. */
  KERNEL,
  /** The guest kernel's part at VMPL0: judges what drivers attempt. */
  VALIDATOR,
  /** The default scenario's driver. */
  DISK,
  /** A driver that stores what its arguments say: triples of address, length, data. */
  STORE,
  /** A driver that stores, loads, executes, uses ports and MSRs as its arguments say. */
  OPERATE,
  /** A driver at CPL 3 that waits for an interrupt, then stores. */
  IRQ,
  /** A driver that changes the page tables it runs with, and stores, as its arguments say. */
  REMAP,
  /** A codebase with the validator's own decision. */
  RANGES,
  /** A codebase that lets a driver have what it owns, and nobody anything else. */
  OWNED,
  /** A codebase that refuses everything. */
  DENY;

  /** The name by which a scenario file calls it. */
  public String fileName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The payload of that {@link #fileName}. */
  public static Optional<BuiltInPayload> byName(String name) {
    return Arrays.stream(values()).filter(payload -> payload.fileName().equals(name)).findFirst();
  }

  /** Every name, for people. */
  public static String names() {
    return Arrays.stream(values()).map(BuiltInPayload::fileName).collect(Collectors.joining(", "));
  }

  /** The whole ELF file. */
  public byte[] bytes() {
    String resource = fileName() + ".elf";
    try (InputStream in = BuiltInPayload.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("payload " + resource + " is missing from this build");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
