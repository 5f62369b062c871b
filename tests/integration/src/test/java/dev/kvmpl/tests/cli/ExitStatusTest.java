// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.RequiresKvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each starts a Java virtual machine, which takes long on an emulated host. */
@Tag("subprocess")
class ExitStatusTest {
  private static final String SCENARIO =
      """
      validator: { payload: validator }
      drivers: [ { name: a, payload: store, arguments: [0x1000000, 8, 1] } ]
      """;

  @TempDir Path folder;

  private Path scenario(String more) throws Exception {
    Path file = folder.resolve("scenario.yaml");
    Files.writeString(file, SCENARIO + more);
    return file;
  }

  @Test
  @RequiresKvm
  void run_whenAllHolds_is0AndPrintsTheStory() throws Exception {
    Command run = Command.kvmpl("run");

    assertAll(
        () -> assertEquals(0, run.status(), run.err()),
        () -> assertEquals("", run.err()),
        () -> assertTrue(run.out().contains("all expectations held"), run.out()),
        () -> assertTrue(run.out().contains("0x80001001"), run.out()));
  }

  @Test
  @RequiresKvm
  void run_withJson_printsOneDocumentAndNothingElse() throws Exception {
    Instant before = Instant.now();
    Command run = Command.kvmpl("run", "--json");
    Instant after = Instant.now();

    assertEquals(0, run.status(), run.err());
    assertEquals("", run.err());
    JsonNode document = new ObjectMapper().readTree(run.out());
    assertEquals("completed", document.get("outcome").asText());
    Instant launched = Instant.parse(document.get("launched").asText());
    Instant ended = launched.plusNanos(document.get("durationNs").asLong());
    assertTrue(launched.isAfter(before) && ended.isBefore(after), launched::toString);
  }

  @Test
  @RequiresKvm
  void run_whenAnExpectationIsNotHeld_is4AndSaysWhich() throws Exception {
    Command run = Command.kvmpl("run", scenario("expect: { status: { a: 7 } }\n").toString());

    assertEquals(4, run.status(), run.err());
    assertTrue(run.out().contains("not held: expected status 0x7 of driver a, got 0x0"), run.out());
  }

  @Test
  void claims_withAnEnforcementThatThereIsNot_is2() throws Exception {
    Command claims = Command.kvmpl("claims", "--enforcement", "trust");

    assertEquals(2, claims.status(), claims.err());
    assertTrue(
        claims.err().contains("--enforcement is trust, allowed are slots, mapping"), claims.err());
  }

  @Test
  @RequiresKvm
  void run_thatOnlyWatches_saysSoFirst_whateverElseIsLeftOut() throws Exception {
    Command run =
        Command.kvmpl("run", "--policy", "watch", "--steps", "none", scenario("").toString());

    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().startsWith("NOT ENFORCED, policy watch: "), run.out());
  }

  @Test
  void run_withAPolicyThatThereIsNot_is2() throws Exception {
    Command run = Command.kvmpl("run", "--policy", "trust");

    assertEquals(2, run.status(), run.err());
    assertTrue(run.err().contains("--policy is trust, allowed are enforce, watch"), run.err());
  }

  @Test
  void claims_ofWhatIsOnlyWatched_are2() throws Exception {
    Command claims = Command.kvmpl("claims", "--policy", "watch");

    assertEquals(2, claims.status(), claims.err());
    assertEquals("", claims.out());
    assertEquals(
        "kvmpl: --policy is watch, which shows no claim: allowed is enforce (kvmpl claims --help)\n",
        claims.err());
  }

  @Test
  void run_ofAWrongFile_is2InOneLine() throws Exception {
    Path file = scenario("speed: 3\n");

    Command run = Command.kvmpl("run", file.toString());

    assertEquals(2, run.status());
    assertEquals("", run.out());
    assertTrue(run.err().startsWith(file + ":3: unknown key speed"), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
  }

  @Test
  void unknownCommand_is2InOneLine() throws Exception {
    Command run = Command.kvmpl("fly");

    assertEquals(2, run.status());
    assertEquals("kvmpl: Unmatched argument at index 0: 'fly' (kvmpl --help)\n", run.err());
  }

  @Test
  void run_whereThereIsNoDevice_is3AndSaysWhatHelps() throws Exception {
    Command run = Command.kvmpl(Map.of("KVMPL_DEVICE", folder.resolve("kvm").toString()), "run");

    assertEquals(3, run.status());
    assertEquals("", run.out());
    assertTrue(run.err().contains("modprobe kvm_amd or kvm_intel"), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
  }

  @Test
  void run_onADeviceThatIsNotKvm_is3() throws Exception {
    Command run = Command.kvmpl(Map.of("KVMPL_DEVICE", "/dev/null"), "run");

    assertEquals(3, run.status());
    assertEquals("kvmpl: /dev/null is not KVM (ENOTTY): name the right device\n", run.err());
  }

  @Test
  @RequiresKvm
  void doctor_namesTheBackendAndEveryCapability() throws Exception {
    Command run = Command.kvmpl("doctor");

    assertEquals(0, run.status(), run.err());
    String words = run.out().replaceAll(" +", " ");
    assertTrue(words.contains(" backend kvm_"), words);
    assertTrue(words.contains(" exactness docs/security.md, column kvm_"), words);
    assertTrue(words.contains(" KVM_CAP_READONLY_MEM yes"), words);
    assertTrue(run.out().endsWith("this host can run kvmpl\n"), run.out());
  }

  @Test
  void doctor_whereThereIsNoDevice_is3AndSaysWhy() throws Exception {
    Command run = Command.kvmpl(Map.of("KVMPL_DEVICE", folder.resolve("kvm").toString()), "doctor");

    assertEquals(3, run.status());
    assertTrue(run.out().contains("this host cannot run kvmpl: no "), run.out());
  }
}
