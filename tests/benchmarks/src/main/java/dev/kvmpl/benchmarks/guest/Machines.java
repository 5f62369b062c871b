// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.guest;

import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.spec.Driver;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.spec.Recording;
import java.time.Duration;

/** Machines of one driver, which nobody records. */
public final class Machines {
  /** In kernel memory, with read-only pages below and above. */
  public static final long FIRST_PAGE = 0x1100000;

  private static final int MEMORY = 32 << 20;
  private static final Duration TIME_LIMIT = Duration.ofMinutes(5);

  private static final PayloadImage KERNEL = payload(BuiltInPayload.KERNEL);
  private static final PayloadImage VALIDATOR = payload(BuiltInPayload.VALIDATOR);

  private Machines() {}

  /** A driver of the benchmarks' own. */
  public static MachineSpec.Builder of(String driver, long... arguments) {
    return of(VALIDATOR, driver, arguments);
  }

  /** A driver, and in the validator's place another payload of the benchmarks' own. */
  public static MachineSpec.Builder judgedBy(String validator, String driver, long... arguments) {
    return of(parse(Resources.bytes(validator + ".elf")), driver, arguments);
  }

  /** One more driver of the benchmarks' own, with a name that no other has. */
  public static Driver driver(String name, String payload, long... arguments) {
    return Driver.named(name, parse(Resources.bytes(payload + ".elf")))
        .arguments(java.util.Arrays.stream(arguments).boxed().toList())
        .build();
  }

  /** One that is described already, and the validator that comes with kvmpl. */
  public static MachineSpec.Builder by(Driver driver) {
    return of(VALIDATOR, driver);
  }

  private static MachineSpec.Builder of(PayloadImage validator, String driver, long... arguments) {
    return of(validator, driver(driver, driver, arguments));
  }

  private static MachineSpec.Builder of(PayloadImage validator, Driver driver) {
    return MachineSpec.of(KERNEL, validator)
        .memorySize(MEMORY)
        .driver(driver)
        .timeLimit(TIME_LIMIT)
        .recording(Recording.NOTHING);
  }

  /** One that comes with kvmpl. */
  public static PayloadImage payload(BuiltInPayload one) {
    return parse(one.bytes());
  }

  private static PayloadImage parse(byte[] elf) {
    try {
      return PayloadImage.parse(elf);
    } catch (PayloadImage.MalformedException e) {
      throw new IllegalStateException("built wrongly", e);
    }
  }
}
