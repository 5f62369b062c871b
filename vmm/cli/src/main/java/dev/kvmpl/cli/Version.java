// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.kvm.Kvm;
import picocli.CommandLine.IVersionProvider;

/** The version that the build has put into the module. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"kvmpl " + number()};
  }

  /** The number alone. */
  static String number() {
    return Kvm.class.getModule().getDescriptor().rawVersion().orElse("unknown");
  }
}
