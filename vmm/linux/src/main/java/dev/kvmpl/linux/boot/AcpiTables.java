// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.boot;

import dev.kvmpl.linux.devices.AcpiPower;
import dev.kvmpl.linux.devices.Cmos;
import dev.kvmpl.memory.GuestMemory;
import java.nio.charset.StandardCharsets;

/**
 * The least of ACPI from which Linux learns its processors, the I/O APIC and how to switch itself
 * off: RSDP, XSDT, FADT, FACS, MADT, and a DSDT with {@code _S5} (ACPI specification 6.5, chapter
 * 5).
 */
final class AcpiTables {
  private static final long RSDP = GuestMap.ACPI.start();
  private static final long DSDT = RSDP + 0x1000;
  private static final long FADT = RSDP + 0x1100;
  private static final long FACS = RSDP + 0x1300;
  private static final long XSDT = RSDP + 0x1400;
  private static final long MADT = RSDP + 0x1500;

  private static final int HEADER_BYTES = 36;
  private static final int FADT_BYTES = 244;
  private static final int RSDP_BYTES = 36;
  private static final int RSDP_BYTES_OF_VERSION_1 = 20;

  private static final int LOCAL_APIC = 0xfee00000;
  private static final int IO_APIC = 0xfec00000;
  private static final int SCI = 9;
  private static final int ACTIVE_HIGH_LEVEL = 0xd;

  /** Name (_S5, Package (4) {SLEEP_TYPE_OFF, 0, 0, 0}) in AML (chapter 20). */
  private static final byte[] S5 = {
    8, '_', 'S', '5', '_', 0x12, 7, 4, 0xa, AcpiPower.SLEEP_TYPE_OFF, 0, 0, 0
  };

  private final GuestMemory memory;

  private AcpiTables(GuestMemory memory) {
    this.memory = memory;
  }

  /**
   * Writes them.
   *
   * @return where their root is
   */
  static long write(GuestMemory memory, int processors) {
    AcpiTables tables = new AcpiTables(memory);
    tables.dsdt();
    tables.facs();
    tables.fadt();
    tables.madt(processors);
    tables.xsdt();
    tables.rsdp();
    return RSDP;
  }

  private void dsdt() {
    memory.write(DSDT + HEADER_BYTES, S5);
    finish(DSDT, "DSDT", HEADER_BYTES + S5.length, 2);
  }

  private void facs() {
    text(FACS, "FACS");
    memory.putInt(FACS + 4, 64);
    memory.store(FACS + 32, Byte.BYTES, 2); // its version
  }

  private void fadt() {
    memory.putInt(FADT + 36, (int) FACS);
    memory.putInt(FADT + 40, (int) DSDT);
    memory.store(FADT + 46, Short.BYTES, SCI);
    memory.putInt(FADT + 56, AcpiPower.EVENTS);
    memory.putInt(FADT + 64, AcpiPower.CONTROL);
    memory.store(FADT + 88, Byte.BYTES, AcpiPower.EVENTS_LENGTH);
    memory.store(FADT + 89, Byte.BYTES, AcpiPower.CONTROL_LENGTH);
    memory.store(FADT + 96, Short.BYTES, 0xffff); // no C2
    memory.store(FADT + 98, Short.BYTES, 0xffff); // no C3
    memory.store(FADT + 108, Byte.BYTES, Cmos.CENTURY);
    memory.store(FADT + 109, Short.BYTES, 5); // legacy devices; nothing to ask about VGA
    memory.putInt(
        FADT + 112, 0x71); // WBINVD works, C1 works; power and sleep buttons are no fixed ones
    finish(FADT, "FACP", FADT_BYTES, 3);
  }

  private void madt(int processors) {
    memory.putInt(MADT + 36, LOCAL_APIC);
    memory.putInt(MADT + 40, 1); // there are 8259s too
    long at = MADT + 44;
    for (int apicId = 0; apicId < processors; apicId++) {
      memory.putInt(
          at, 0x0800 | apicId << 16 | apicId << 24); // type 0, 8 bytes, processor, APIC id
      memory.putInt(at + 4, 1); // it works
      at += 8;
    }
    memory.putInt(at, 0x0c01 | processors << 16); // type 1, 12 bytes, I/O APIC's id
    memory.putInt(at + 4, IO_APIC);
    at += 12;
    memory.putInt(at, 0x0a02 | SCI << 24); // type 2, 10 bytes, ISA's interrupt
    memory.putInt(at + 4, SCI);
    memory.store(at + 8, Short.BYTES, ACTIVE_HIGH_LEVEL);
    finish(MADT, "APIC", (int) (at + 10 - MADT), 3);
  }

  private void xsdt() {
    memory.putLong(XSDT + HEADER_BYTES, FADT);
    memory.putLong(XSDT + HEADER_BYTES + 8, MADT);
    finish(XSDT, "XSDT", HEADER_BYTES + 16, 1);
  }

  private void rsdp() {
    text(RSDP, "RSD PTR ");
    text(RSDP + 9, "KVMPL ");
    memory.store(RSDP + 15, Byte.BYTES, 2);
    memory.putInt(RSDP + 20, RSDP_BYTES);
    memory.putLong(RSDP + 24, XSDT);
    checksum(RSDP, RSDP_BYTES_OF_VERSION_1, RSDP + 8);
    checksum(RSDP, RSDP_BYTES, RSDP + 32);
  }

  private void finish(long table, String signature, int length, int revision) {
    text(table, signature);
    memory.putInt(table + 4, length);
    memory.store(table + 8, Byte.BYTES, revision);
    text(table + 10, "KVMPL KVMPL   ");
    text(table + 28, "KVMP");
    checksum(table, length, table + 9);
  }

  private void text(long at, String text) {
    memory.write(at, text.getBytes(StandardCharsets.US_ASCII));
  }

  /** All bytes together are 0. */
  private void checksum(long from, int length, long at) {
    int sum = 0;
    for (byte one : memory.read(from, length)) {
      sum += one;
    }
    memory.store(at, Byte.BYTES, -sum & 0xff);
  }
}
