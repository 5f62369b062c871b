// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.timeline;

import dev.kvmpl.kvm.host.OneLine;
import dev.kvmpl.observe.LoadedImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * The source lines of addresses in a machine's payloads, as binutils' {@code addr2line} reads them
 * from the payloads' debug information. Where there is no such program, or no such information,
 * there are no lines, and that is all.
 */
public final class SourceLines {
  private static final String UNKNOWN = "??";

  private final Map<Long, Place> places = new HashMap<>();
  private final List<LoadedImage> images;

  private SourceLines(List<LoadedImage> images) {
    this.images = images;
  }

  /**
   * A line of a source.
   *
   * @param image the payload's name
   * @param file as the compiler was given it
   */
  public record Place(String image, String function, String file, int line) {
    /** As {@code counter.c:9}. */
    public String shortly() {
      return file.substring(file.lastIndexOf('/') + 1) + ":" + line;
    }
  }

  /** Looks up all of these addresses; each is inside of an instruction, or 0. */
  public static SourceLines of(List<LoadedImage> images, Iterable<Long> addresses) {
    SourceLines lines = new SourceLines(images);
    Map<LoadedImage, SequencedSet<Long>> wanted = new LinkedHashMap<>();
    for (long address : addresses) {
      lines
          .image(address)
          .ifPresent(
              image -> wanted.computeIfAbsent(image, _ -> new LinkedHashSet<>()).add(address));
    }
    wanted.forEach(lines::read);
    return lines;
  }

  /** Where an address is, in words: the payload, and the function and line if they are known. */
  public String words(long address) {
    return at(address)
        .map(place -> place.image() + ": " + place.shortly() + " " + place.function())
        .or(() -> image(address).map(image -> image.name() + ": " + hex(address - image.gpa())))
        .orElse(hex(address));
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }

  /** The payload that has that address. */
  public Optional<LoadedImage> image(long address) {
    return images.stream().filter(image -> image.contains(address)).findFirst();
  }

  /** The line of one of the addresses. */
  public Optional<Place> at(long address) {
    return Optional.ofNullable(places.get(address));
  }

  private void read(LoadedImage image, SequencedSet<Long> addresses) {
    try {
      Path folder = Files.createTempDirectory("kvmpl");
      Path elf = folder.resolve("payload.elf");
      Path asked = folder.resolve("addresses");
      try {
        Files.write(elf, image.payload().file());
        Files.write(
            asked,
            addresses.stream().map(address -> Long.toHexString(address - image.gpa())).toList());
        ask(elf, asked, new Answer(image, addresses.iterator()));
      } finally {
        Files.deleteIfExists(elf);
        Files.deleteIfExists(asked);
        Files.delete(folder);
      }
    } catch (IOException e) {
      // No addr2line here: no lines.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void ask(Path elf, Path addresses, Answer answer)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("addr2line", "-e", elf.toString(), "-a", "-f", "-i")
            .redirectInput(addresses.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line; (line = in.readLine()) != null; ) {
        answer.take(line);
      }
    } finally {
      process.destroy();
    }
    answer.end();
    process.waitFor();
  }

  /**
   * Takes addr2line's lines: an address, then a function and a place for each level of inlining,
   * from the inside out. Names are whatever the payload's file has: those that look like an address
   * are none, since it is known which comes next.
   */
  private final class Answer {
    private final LoadedImage image;
    private final Iterator<Long> addresses;
    private long address; // that comes next
    private long found; // that the lines are about
    private String next = "";
    private @Nullable String function;
    private final List<Place> inlined = new ArrayList<>();

    Answer(LoadedImage image, Iterator<Long> addresses) {
      this.image = image;
      this.addresses = addresses;
      goOn();
    }

    private void goOn() {
      address = addresses.hasNext() ? addresses.next() : 0;
      next = String.format(Locale.ROOT, "0x%016x", address - image.gpa());
    }

    void take(String line) {
      if (line.equals(next)) {
        end();
        found = address;
        goOn();
      } else if (function == null) {
        function = line;
      } else {
        add(function, line);
        function = null;
      }
    }

    private void add(String name, String place) {
      int colon = place.lastIndexOf(':');
      String number = colon < 0 ? "" : place.substring(colon + 1).split(" ", 2)[0];
      if (!name.equals(UNKNOWN) && number.matches("[1-9][0-9]{0,8}")) {
        inlined.add(
            new Place(
                image.name(),
                OneLine.of(name),
                OneLine.of(place.substring(0, colon)),
                Integer.parseInt(number)));
      }
    }

    /** What is written in a header of the SDK is the caller's doing. */
    void end() {
      inlined.stream()
          .filter(place -> !place.file().contains("include/kvmpl/"))
          .findFirst()
          .or(() -> inlined.stream().findFirst())
          .ifPresent(place -> places.put(found, place));
      inlined.clear();
      function = null;
    }
  }
}
