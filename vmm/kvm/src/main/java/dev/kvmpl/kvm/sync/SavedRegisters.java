// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.sync;

/** A vCPU's general, special and debug registers, for the vCPU that they were saved of. */
public final class SavedRegisters {
  final byte[] general;
  final byte[] special;
  final byte[] debug;

  SavedRegisters(byte[] general, byte[] special, byte[] debug) {
    this.general = general;
    this.special = special;
    this.debug = debug;
  }
}
