// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The validator's SHA-384 against the platform's. */
@RequiresKvm
class Sha384Test {
  private static final long MESSAGES = 0x200000;
  private static final long DIGESTS = 0x300000;
  private static final int MESSAGE_ROOM = 1024;
  private static final int DIGEST_BYTES = 48;

  /** Around where the padding takes one block more: 111 and 112 bytes over whole blocks of 128. */
  private static final int[] LENGTHS = {
    0, 1, 3, 63, 111, 112, 113, 127, 128, 129, 239, 240, 241, 255, 256, 257, 367, 368, 1000
  };

  @Test
  void digests_areThoseOfThePlatform() throws Exception {
    Long[] arguments = new Long[3 * LENGTHS.length];
    for (int i = 0; i < LENGTHS.length; i++) {
      arguments[3 * i] = MESSAGES + (long) i * MESSAGE_ROOM;
      arguments[3 * i + 1] = (long) LENGTHS[i];
      arguments[3 * i + 2] = DIGESTS + (long) i * DIGEST_BYTES;
    }
    byte[] messages = new byte[LENGTHS.length * MESSAGE_ROOM];
    new Random(384).nextBytes(messages);
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .kernel(Payloads.kernel("sha384"))
            .driver(BuiltInPayload.STORE, arguments)
            .build()) {
      machine.memory().write(MESSAGES, messages);

      assertEquals(Outcome.COMPLETED, machine.run().outcome());

      for (int i = 0; i < LENGTHS.length; i++) {
        byte[] message =
            Arrays.copyOfRange(messages, i * MESSAGE_ROOM, i * MESSAGE_ROOM + LENGTHS[i]);
        assertArrayEquals(
            MessageDigest.getInstance("SHA-384").digest(message),
            machine.memory().read(arguments[3 * i + 2], DIGEST_BYTES),
            "of %d bytes".formatted(LENGTHS[i]));
      }
    }
  }
}
