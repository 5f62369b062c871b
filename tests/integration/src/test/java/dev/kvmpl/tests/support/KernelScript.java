// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.support;

import dev.kvmpl.bindings.abi.kvmpl_driver;
import dev.kvmpl.memory.GuestMemory;
import java.util.ArrayList;
import java.util.List;

/**
 * What the guest kernel {@code follows_script} does, at most 12 things, and what came of it. The
 * script is the machine's first driver, of VMPL1, which is not started; drivers are counted from
 * it, which is 0.
 */
public final class KernelScript {
  /** What a vCPU request or INIT is answered if it is refused: SW_EXITINFO1. */
  public static final long REFUSED = 2;

  private static final int WORDS = 5;

  private final List<Long> arguments = new ArrayList<>();

  private KernelScript() {}

  /** Nothing yet. */
  public static KernelScript with() {
    return new KernelScript();
  }

  /** The vCPU request for a driver. */
  public KernelScript create(int driver) {
    return step(0, driver);
  }

  public KernelScript createOnInit(int driver) {
    return step(1, driver);
  }

  /** Takes the driver's vCPU. */
  public KernelScript destroy(int driver) {
    return step(2, driver);
  }

  /** To the driver's processor. */
  public KernelScript init(int driver) {
    return step(3, driver);
  }

  public KernelScript halt() {
    return step(4);
  }

  /** Waits until the driver has set its status. */
  public KernelScript await(int driver) {
    return step(5, driver);
  }

  /** Asks for the driver's vCPU until it is accepted. */
  public KernelScript createWhenFree(int driver) {
    return step(6, driver);
  }

  /** Clears the page in which the driver's VMSA was. */
  public KernelScript clearVmsa(int driver) {
    return step(7, driver);
  }

  /** Writes 8 bytes. */
  public KernelScript write(long gpa, long value) {
    return step(8, gpa, value);
  }

  /** Fills a page with 0x5a. */
  public KernelScript fill(long page) {
    return step(9, page);
  }

  public KernelScript rmpadjust(long page, int level, int permissions) {
    return step(10, page, level, permissions);
  }

  /** Makes an SVSM call. */
  public KernelScript call(long rax, long rcx, long rdx, long r8) {
    return step(11, rax, rcx, rdx, r8);
  }

  private KernelScript step(long what, long... operands) {
    arguments.add(what);
    for (int i = 0; i < WORDS - 1; i++) {
      arguments.add(i < operands.length ? operands[i] : 0L);
    }
    return this;
  }

  /** A machine with the script; its drivers are to be added. */
  public TestMachine.Builder machine() {
    return TestMachine.with()
        .withoutOthers()
        .kernel(Payloads.kernel("follows_script"))
        .driver(Payloads.driver("returns"), arguments.toArray(Long[]::new));
  }

  /** What came of each step. */
  public List<Long> results(GuestMemory memory) {
    long at = 0x30000 + kvmpl_driver.arguments$offset();
    List<Long> results = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i += WORDS) {
      results.add(memory.getLong(at + (long) i * Long.BYTES));
    }
    return results;
  }
}
