// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Beside a sorted set. Seeds are fixed. */
class PageMarksTest {
  private static final int CHANGES = 3000;

  private static int orNone(Integer page) {
    return page == null ? PageMarks.NONE : page;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 63, 64, 65, 4096, 4097, 8192, 262145, 786432})
  void nextMarks_areThoseOfASortedSet(int pages) {
    Random random = new Random(pages);
    PageMarks marks = new PageMarks(pages);
    TreeSet<Integer> sorted = new TreeSet<>();
    for (int i = 0; i < CHANGES; i++) {
      int page =
          random.nextInt(4) == 0 ? random.nextInt(Math.min(pages, 70)) : random.nextInt(pages);
      if (random.nextInt(3) == 0 && !sorted.isEmpty()) {
        page = sorted.floor(page) == null ? sorted.first() : sorted.floor(page);
        marks.unmark(page);
        sorted.remove(page);
      } else {
        marks.mark(page);
        sorted.add(page);
      }
      int asked = random.nextInt(8) == 0 ? pages - 1 : random.nextInt(pages);

      assertEquals(orNone(sorted.floor(asked)), marks.atOrBefore(asked));
      assertEquals(orNone(sorted.higher(asked)), marks.after(asked));
    }
  }
}
