import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One test of each kind, so that the archive holds what JUnit loads for them. One fails: failures are reported too. */
@Tag("warmup")
class WarmupTest {
  @TempDir Path folder;

  @BeforeAll
  static void beforeAll() {}

  @BeforeEach
  void before() {}

  @AfterEach
  void after() {}

  @Test
  @Timeout(60)
  void plain() {
    assertTrue(folder.isAbsolute());
    assertThrows(IllegalStateException.class, () -> { throw new IllegalStateException(); });
  }

  @Test
  void failing() {
    assertEquals(1, 2);
  }

  @Test
  @Disabled("shows a skip")
  void skipped() {}

  @RepeatedTest(2)
  void repeated() {}

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void values(int value) {
    assertTrue(value > 0);
  }

  @ParameterizedTest
  @CsvSource({"1, a", "2, b"})
  void rows(int number, String text) {
    assertEquals(1, text.length(), () -> "row " + number);
  }

  @ParameterizedTest
  @EnumSource
  void constants(Thread.State state) {}

  @ParameterizedTest
  @MethodSource("numbers")
  void methods(int value) {}

  static Stream<Integer> numbers() {
    return Stream.of(1, 2);
  }

  @TestFactory
  Stream<DynamicTest> dynamic() {
    return Stream.of(DynamicTest.dynamicTest("one", () -> {}));
  }

  @Nested
  class Inner {
    @Test
    void inside() {}
  }
}
