// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.support;

import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.spec.PayloadImage.MalformedException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The payloads that machines in tests run: kvmpl's own, and those in src/test/payloads. */
public final class Payloads {
  private Payloads() {}

  /** One that comes with kvmpl. */
  public static PayloadImage builtIn(BuiltInPayload payload) {
    return parse(payload.bytes());
  }

  /** src/test/payloads/drivers/NAME.c, built. */
  public static PayloadImage driver(String name) {
    return resource("drivers/" + name);
  }

  /** The same as a file. */
  public static byte[] driverFile(String name) {
    return file("drivers/" + name);
  }

  /** src/test/payloads/kernels/NAME.c, built. */
  public static PayloadImage kernel(String name) {
    return resource("kernels/" + name);
  }

  /** src/test/payloads/validators/NAME.c, built. */
  public static PayloadImage validator(String name) {
    return resource("validators/" + name);
  }

  /** src/test/payloads/codebases/NAME.c, built. */
  public static PayloadImage codebase(String name) {
    return resource("codebases/" + name);
  }

  /** src/test/payloads/programs/NAME.c, built: a program for a Linux guest. */
  public static byte[] program(String name) {
    return file("programs/" + name);
  }

  private static PayloadImage resource(String path) {
    return parse(file(path));
  }

  private static byte[] file(String path) {
    String resource = "payloads/" + path + ".elf";
    try (InputStream in = Payloads.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(resource + " was not built");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static PayloadImage parse(byte[] file) {
    try {
      return PayloadImage.parse(file);
    } catch (MalformedException e) {
      throw new IllegalStateException(e);
    }
  }
}
