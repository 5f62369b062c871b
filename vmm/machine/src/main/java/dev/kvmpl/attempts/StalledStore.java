// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.attempts;

import dev.kvmpl.decode.StoreDecoder;
import dev.kvmpl.decode.StoringInstruction;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.processors.FailureReport;
import dev.kvmpl.processors.GuestCpu;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Question;
import dev.kvmpl.processors.Turn;
import dev.kvmpl.processors.VcpuState;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.stores.CodeWindow;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A store that a vCPU is at, RIP and all, and that KVM does not get past, because the level may not
 * write there: {@code sgdt} and {@code sidt}, for which KVM's emulator writes as if memory were all
 * there is. It is pending: once it is allowed the vCPU executes it, and if it is refused the
 * instruction ends with #GP.
 *
 * <p>Its part in each page that the level may not write is an attempt of its own, and the vCPU does
 * not run before all of them are allowed.
 */
public final class StalledStore implements Question {
  private static final int WRITABLE = PagePermissions.READ | PagePermissions.WRITE;
  private static final int VECTOR_GP = 13;

  private final Validation validation;
  private final LevelVcpu vcpu;
  private final String name;
  private final long stop;
  private final boolean begun; // its first byte is where the level may write

  private final List<Part> asked = new ArrayList<>();

  private long address; // of the part that is asked for
  private long gpa;
  private int length;

  private StalledStore(
      Validation validation, LevelVcpu vcpu, StoringInstruction instruction, long start) {
    this.validation = validation;
    this.vcpu = vcpu;
    this.name = instruction.name();
    this.stop = start + Math.max(1, instruction.size());
    this.address = start;
    findClosed();
    this.begun = address != start;
  }

  private record Part(long gpa, int length) {}

  /** The store that the vCPU is at, if there is one and its level may not write all of it. */
  static @Nullable StalledStore of(Validation validation, LevelVcpu vcpu) {
    VcpuState state = new VcpuState(vcpu.cpu());
    CodeWindow code = new CodeWindow(validation.memory());
    code.read(vcpu.cpu(), state.rip());
    StoreDecoder decoder = new StoreDecoder();
    if (!vcpu.cpu().is64Bit() || !decoder.decode(code.bytes(), CodeWindow.MIDDLE, code.to())) {
      return null;
    }
    StoringInstruction instruction = decoder.instruction();
    long start = instruction.address(state);
    if (start == StoringInstruction.UNKNOWN_ADDRESS) {
      return null;
    }
    StalledStore store = new StalledStore(validation, vcpu, instruction, start);
    return store.findClosed() ? store : null;
  }

  /**
   * Goes to the first part, from the present one on, that the level may not write.
   *
   * @return false if there is none, or the guest's own tables lead nowhere: then it gets #PF
   */
  private boolean findClosed() {
    while (address < stop) {
      long pageEnd = (address | (PageRange.PAGE_SIZE - 1)) + 1;
      long at = vcpu.cpu().translate(address);
      int bytes = (int) (Math.min(stop, pageEnd) - address);
      if (at == GuestCpu.UNMAPPED) {
        return false;
      }
      if (!validation.permissions().allows(at, bytes, vcpu.level(), WRITABLE)) {
        gpa = at;
        length = bytes;
        return true;
      }
      address = pageEnd;
    }
    return false;
  }

  /** Has VMPL0 decide about the part; it runs next. */
  public void ask() {
    asked.add(new Part(gpa, length));
    validation.ask(vcpu, Access.WRITE, gpa, length, 0, this);
  }

  @Override
  public Vmpl level() {
    return vcpu.level();
  }

  @Override
  public Turn answered() {
    Verdict verdict =
        validation.borneOut(validation.verdict(vcpu), vcpu, Access.WRITE, gpa, length);
    if (verdict.done() && findClosed()) {
      ask();
      return vcpu.processor().vcpuOf(Vmpl.VMPL0).turn();
    }
    record(verdict);
    if (!verdict.done()) {
      return refused(verdict);
    }
    relaunched();
    return vcpu.turn();
  }

  /** Keeps what was judged: it is done whole or not at all, so all parts have one verdict. */
  private void record(Verdict verdict) {
    int owner = vcpu.processor().request().owner();
    asked.forEach(
        part -> validation.judged(vcpu, Access.WRITE, part.gpa, part.length, 0, verdict, owner));
  }

  /** Nothing of it has happened, if it starts there: KVM writes page by page at each attempt. */
  private Turn refused(Verdict verdict) {
    if (begun) {
      return new Turn.Failed(
          String.format(
                  Locale.ROOT,
                  "%s across a page's end is refused (%s at gpa %#x), and its part before may be in memory",
                  name,
                  verdict,
                  gpa)
              + FailureReport.of(validation.memory(), vcpu));
    }
    validation.reportRefused(vcpu, Access.WRITE, gpa, verdict);
    vcpu.cpu().injectException(VECTOR_GP, 0);
    relaunched();
    return vcpu.turn();
  }

  /** Why the vCPU does not get on. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "KVM retries for ever %s of %d bytes at gpa %#x, where %s may not write",
        name,
        length,
        gpa,
        vcpu.name());
  }

  private void relaunched() {
    validation.relaunched(vcpu, Access.WRITE, gpa, length, 0);
  }
}
