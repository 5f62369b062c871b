// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.observe.LoadedImage;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.timeline.SourceLines;
import dev.kvmpl.timeline.SourceLines.Place;
import dev.kvmpl.vmpl.Vmpl;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A payload's debug information may say anything. */
@Tag("needs-gcc") // binutils
class SourceLinesTest {
  private static final long GPA = 0x100000;

  /** The lines of all of a driver, of whose file a text is another of the same length. */
  private static Set<Place> places(String text, String other) throws Exception {
    String file = new String(Payloads.driverFile("gives_up"), StandardCharsets.ISO_8859_1);
    assertTrue(file.contains(text), text);
    byte[] changed = file.replace(text, other).getBytes(StandardCharsets.ISO_8859_1);
    PayloadImage payload = PayloadImage.parse(changed);
    List<Long> addresses = LongStream.range(GPA, GPA + payload.size()).boxed().toList();
    SourceLines lines =
        SourceLines.of(List.of(new LoadedImage("a", Vmpl.VMPL1, GPA, payload)), addresses);
    return addresses.stream().map(lines::at).flatMap(Optional::stream).collect(Collectors.toSet());
  }

  private static Set<String> functions(Set<Place> places) {
    return places.stream()
        .filter(place -> place.file().endsWith(".c"))
        .map(Place::function)
        .collect(Collectors.toSet());
  }

  @Test
  void functionThatIsCalledLikeAnAddress_isAFunction() throws Exception {
    Set<String> functions = functions(places("driver_main", "driver_main"));
    assertTrue(functions.contains("driver_main"), functions::toString);

    for (String name : List.of("0xiver_main", "0x000000001")) {
      Set<String> changed = functions(places("driver_main", name));

      assertTrue(changed.contains(name), changed::toString);
      assertEquals(functions.size(), changed.size(), changed::toString);
    }
  }

  @Test
  void namesThatThePayloadChose_stayOnTheirLine_withoutColours() throws Exception {
    Set<Place> places = places("gives_up.c", "g\u001b[27m__.c");

    assertTrue(
        places.stream().anyMatch(place -> place.shortly().startsWith("g\\u001b[27m__.c:9")),
        places::toString);
  }
}
