// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.support;

import dev.kvmpl.bindings.abi.kvmpl_driver;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.List;

/** What the driver {@code calls_svsm} calls, at most 12 times, and what it got for answers. */
public final class SvsmCalls {
  public static final long SUCCESS = 0;
  public static final long INVALID_ADDRESS = 0x80000003L;
  public static final long INVALID_PARAMETER = 0x80000005L;
  public static final long INVALID_REQUEST = 0x80000006L;
  public static final long BUSY = 0x80000007L;

  private static final long KVMPL = 0x6b766dL << 32;
  private static final long REGISTERS = 5; // RAX, RCX, RDX, R8, and that it is announced

  private final List<Long> arguments = new ArrayList<>();

  private SvsmCalls() {}

  /** No call yet. */
  public static SvsmCalls with() {
    return new SvsmCalls();
  }

  public SvsmCalls remapArea(long gpa) {
    return call(0, gpa, 0, 0);
  }

  /** PVALIDATE of a list, which {@link #writeList} writes. */
  public SvsmCalls pvalidate(long list) {
    return call(1, list, 0, 0);
  }

  public SvsmCalls createVcpu(long vmsa, long area, long apicId) {
    return call(2, vmsa, area, apicId);
  }

  public SvsmCalls deleteVcpu(long vmsa) {
    return call(3, vmsa, 0, 0);
  }

  public SvsmCalls queryProtocol() {
    return call(6, 1, 0, 0);
  }

  /** May the driver write 8 bytes there? */
  public SvsmCalls validate(long gpa) {
    return call(KVMPL, gpa, 0, 8);
  }

  public SvsmCalls transfer(long start, long length, int driver) {
    return call(KVMPL | 1, start, length, driver);
  }

  private SvsmCalls call(long rax, long rcx, long rdx, long r8) {
    arguments.addAll(List.of(rax, rcx, rdx, r8, 1L));
    return this;
  }

  /** The driver's arguments. */
  public Long[] arguments() {
    return arguments.toArray(Long[]::new);
  }

  /** A list for PVALIDATE: pages to rescind, or those with bit 2 to validate. */
  public static void writeList(GuestMemory memory, long at, long... entries) {
    memory.putLong(at, entries.length);
    for (int i = 0; i < entries.length; i++) {
      memory.putLong(at + 8 + 8L * i, entries[i]);
    }
  }

  /** The first entry of such a list that has not been done. */
  public static long next(GuestMemory memory, long list) {
    return memory.getLong(list) >>> 16 & 0xffff;
  }

  /**
   * RAX of each answer.
   *
   * @param index of the driver in its machine, from 0 on
   */
  public List<Long> results(GuestMemory memory, Vmpl level, int index) {
    long base = level == Vmpl.VMPL1 ? 0 : 0x200000L * level.number();
    long at = base + 0x30000 + index * kvmpl_driver.sizeof() + kvmpl_driver.arguments$offset();
    List<Long> results = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i += (int) REGISTERS) {
      results.add(memory.getLong(at + (long) i * Long.BYTES));
    }
    return results;
  }
}
