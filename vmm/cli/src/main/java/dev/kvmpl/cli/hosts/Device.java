// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.hosts;

import dev.kvmpl.kvm.Kvm;
import java.nio.file.Path;

/** Which device is KVM: /dev/kvm, or what the environment variable KVMPL_DEVICE says. */
public final class Device {
  private Device() {}

  public static Path path() {
    String named = System.getenv("KVMPL_DEVICE");
    return named == null || named.isEmpty() ? Kvm.DEVICE : Path.of(named);
  }
}
