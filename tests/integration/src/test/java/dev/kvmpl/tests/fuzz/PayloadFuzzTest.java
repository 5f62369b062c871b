// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.spec.PayloadImage.MalformedException;
import dev.kvmpl.tests.machine.Elf;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever an ELF file holds: it is refused, or it is loaded where it belongs and nowhere else. */
@Tag("exhaustive")
class PayloadFuzzTest {
  /** The memory around the image, in which nothing may be written. */
  private static final long AROUND = 1 << 16;

  private static final long IMAGE_MAX = 6 << 20;

  private static void assertLoadedInside(PayloadImage image) {
    long footprint = (image.size() + 4095) & -4096;
    assertTrue(image.size() > 0 && image.size() <= IMAGE_MAX, () -> image.size() + " bytes");
    try (GuestMemory memory = GuestMemory.allocate(AROUND + footprint + AROUND)) {
      long entry = image.load(memory, AROUND);

      assertTrue(entry >= AROUND && entry < AROUND + image.size(), () -> "entry at " + entry);
      assertUntouched(memory.slice(0, AROUND));
      assertUntouched(memory.slice(AROUND + image.size(), memory.size() - AROUND - image.size()));
    }
  }

  private static void assertUntouched(MemorySegment memory) {
    MemorySegment zeros = MemorySegment.ofArray(new byte[Math.toIntExact(memory.byteSize())]);
    assertEquals(-1, memory.mismatch(zeros));
  }

  /** The built-in ones, which have no relocation, and as many times one that has. */
  private static List<byte[]> corpus() {
    return Stream.of(BuiltInPayload.values())
        .flatMap(payload -> Stream.of(payload.bytes(), new Elf().bytes()))
        .toList();
  }

  @Test
  void mutatedPayload_isLoadedInside_orRefusedInOneLine() {
    ElfMutator mutator = new ElfMutator(corpus());
    AtomicInteger loaded = new AtomicInteger();
    AtomicInteger refused = new AtomicInteger();

    Cases.run(
        random -> {
          byte[] file = mutator.next(random);
          try {
            assertLoadedInside(PayloadImage.parse(file));
            loaded.incrementAndGet();
          } catch (MalformedException e) {
            assertTrue(
                String.valueOf(e.getMessage()).matches("[\\x20-\\x7e]{10,200}"), e::getMessage);
            refused.incrementAndGet();
          }
        });

    System.out.printf(Locale.ROOT, "%d loaded, %d refused%n", loaded.get(), refused.get());
  }

  @Test
  void corpus_isLoadedInside() throws MalformedException {
    for (byte[] file : corpus()) {
      assertLoadedInside(PayloadImage.parse(file));
    }
  }
}
