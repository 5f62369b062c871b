// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.attempts;

import dev.kvmpl.decode.OperandDecoder;
import dev.kvmpl.decode.Operands;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.linux.observe.Attempt;
import dev.kvmpl.linux.writers.Writer;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Turn;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.stores.StoreAnswer;
import dev.kvmpl.stores.PendingInstruction;
import dev.kvmpl.stores.PendingInstruction.Obstacle;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An instruction that one processor's Linux is at, that stores in closed memory, and that KVM has
 * not executed: it knows it not, or tries it for ever. VMPL0 is asked about each part; then the CPU
 * executes it by a {@link SingleStep}, or it is refused with RIP at it. Belongs to the machine's
 * lock.
 */
final class PendingAttempt implements Reflectable {
  private static final int BYTES_MAX = Long.BYTES; // of one question

  private final LinuxSide side;
  private final PendingInstruction instruction;
  private final Operands operands = new Operands();

  private @Nullable LevelVcpu vcpu;
  private Writer writer = new Writer(Writer.Kind.UNKNOWN, 0, "", "");
  private String task = "";
  private long rip;
  private long stack;
  private int part;
  private long asked; // when: by how often something was closed or opened
  private Told reflection = Told.NOT;
  private final List<Part> judged = new ArrayList<>(); // what VMPL0 has said yes to

  PendingAttempt(LinuxSide side) {
    this.side = side;
    this.instruction = new PendingInstruction(side.memory(), side.permissions());
  }

  /** Looks at what the vCPU is at: whether it is a store to closed memory. */
  boolean look(LevelVcpu by) {
    if (instruction.look(by) != Obstacle.PART) {
      return false;
    }
    vcpu = by;
    forget();
    part = instruction.nextClosed(by, 0);
    if (part == PendingInstruction.NO_PART || instruction.access(part) != Access.WRITE) {
      return false;
    }
    Registers registers = by.cpu().registers();
    rip = registers.rip();
    stack = registers.rsp();
    writer = side.writers().find(rip, side.virtual().word(by.cpu(), registers.rsp()));
    task = side.tasks().running(by.cpu());
    return true;
  }

  @Override
  public void tell() {
    reflection = Told.WAITS;
    side.refusals().generalProtection(by());
  }

  @Override
  public boolean isAbout(LevelVcpu by, long at, long onStack) {
    return reflection == Told.WAITS && by == vcpu && at == rip && onStack == stack;
  }

  /** The same of another at which the vCPU is. */
  boolean isAt(long at, long onStack) {
    return at == rip && onStack == stack;
  }

  @Override
  public void forget() {
    reflection = Told.NOT;
    judged.clear();
  }

  @Override
  public boolean isFree() {
    return reflection != Told.WAITS
        && (reflection != Told.ALLOWED || side.isOutdated(writer, asked));
  }

  @Override
  public boolean isOpen() {
    return instruction.nextClosed(by(), 0) == PendingInstruction.NO_PART;
  }

  @Override
  public @Nullable String finish() {
    forget();
    Reflectable.answer(by(), true);
    return null;
  }

  @Override
  public int driver() {
    return writer.module();
  }

  @Override
  public long gpa() {
    return instruction.gpa(part);
  }

  @Override
  public int length() {
    return instruction.length(part);
  }

  /** Whether it is a module's own instruction, and not one that stores for whoever calls. */
  boolean isDrivers() {
    return side.writers().driverAt(rip) != 0;
  }

  /** Whether VMPL0 has allowed exactly what another is at, for this time. */
  boolean allows(LevelVcpu by, PendingAttempt other) {
    return isAllowedAt(by, other)
        && other.writer.module() == writer.module()
        && judged.containsAll(other.closedParts(by));
  }

  /** Whether VMPL0 has allowed something at the instruction that another is, by the same thread. */
  boolean isAllowedAt(LevelVcpu by, PendingAttempt other) {
    return reflection == Told.ALLOWED && !isFree() && by == vcpu && other.isAt(rip, stack);
  }

  /** Has the CPU execute what VMPL0 has {@link #allows allowed}, once. */
  SingleStep.Result execute(LevelVcpu by) {
    List<Part> parts = List.copyOf(judged);
    forget();
    return step(by, parts);
  }

  /** Has VMPL0 decide; it runs next. */
  @Override
  public void ask() {
    LevelVcpu by = by();
    if (reflection == Told.NOT) {
      step(Step.EXIT1, by);
    } else {
      reflection = Told.ASKED;
    }
    step(Step.LAUNCH, by.processor().vcpuOf(Vmpl.VMPL0));
    writer = side.writers().now(writer);
    asked = judged.isEmpty() ? side.protection().changes() : asked;
    by.processor()
        .request()
        .askToStore(
            writer.module(),
            by.level().number(),
            side.policy().row(writer),
            instruction.gpa(part),
            Math.min(instruction.length(part), BYTES_MAX),
            instruction.data(part),
            rip);
    by.processor().ask(this);
  }

  @Override
  public Vmpl level() {
    return Vmpl.VMPL1;
  }

  @Override
  public Turn answered() {
    LevelVcpu by = by();
    Decision decision = Decision.of(by.processor().request());
    boolean outdated = side.isOutdated(writer, asked);
    if (decision.stores()) {
      judged.add(part(part));
      if (outdated) {
        judged.clear();
      }
      int next = nextToJudge(by);
      if (next != PendingInstruction.NO_PART) {
        part = next;
        ask();
        return by.processor().vcpuOf(Vmpl.VMPL0).turn();
      }
    }
    if (reflection != Told.NOT) {
      return answerTold(by, decision.told());
    }
    return decision.stores() ? execute(by, decision) : refuse(by, decision);
  }

  private void judged(LevelVcpu by, Decision decision) {
    int first = instruction.nextClosed(by, 0);
    int recorded = first == PendingInstruction.NO_PART ? part : first;
    side.judged(
        new Attempt(
            side.elapsedNs(),
            by.processor().apicId(),
            writer,
            task,
            side.what(instruction.gpa(recorded)),
            side.target(instruction.gpa(recorded)),
            instruction.gpa(recorded),
            instruction.length(recorded),
            instruction.data(recorded),
            1,
            decision.answer(),
            decision.verdict()));
    step(Step.RELAUNCH, by);
  }

  /** What is closed and VMPL0 has not said yes to: what was open at first may be closed by now. */
  private int nextToJudge(LevelVcpu by) {
    int next = instruction.nextClosed(by, 0);
    while (next != PendingInstruction.NO_PART && judged.contains(part(next))) {
      next = instruction.nextClosed(by, next + 1);
    }
    return next;
  }

  private Part part(int number) {
    return new Part(instruction.gpa(number), instruction.length(number), instruction.data(number));
  }

  private void step(Step step, LevelVcpu of) {
    long gpa = instruction.gpa(part);
    side.step(step, of, writer, gpa, instruction.length(part), instruction.data(part));
  }

  /** What is stored where: what VMPL0 has judged, and what is going to be executed. */
  private record Part(long gpa, int length, long data) {
    PageRange page() {
      long start = gpa & -PageRange.PAGE_SIZE;
      return new PageRange(start, start + PageRange.PAGE_SIZE);
    }
  }

  private List<Part> closedParts(LevelVcpu by) {
    List<Part> closed = new ArrayList<>();
    for (int i = instruction.nextClosed(by, 0);
        i != PendingInstruction.NO_PART;
        i = instruction.nextClosed(by, i + 1)) {
      closed.add(part(i));
    }
    return closed;
  }

  /**
   * Other processors may have changed the instruction or the page tables while VMPL0 decided: then
   * it is another store, about which VMPL0 has not been asked.
   */
  private Turn execute(LevelVcpu by, Decision decision) {
    List<Part> parts = closedParts(by);
    if (parts.isEmpty()) { // by now: the CPU can do it
      judged(by, decision);
      return by.turn();
    }
    return switch (step(by, parts)) {
      case SingleStep.Done ignored -> {
        judged(by, decision);
        step(Step.COMPLETE, by);
        yield by.turn();
      }
      case SingleStep.Changed ignored -> again(by);
      case SingleStep.Failed failed -> {
        judged(by, decision);
        yield new Turn.Failed(failed.reason());
      }
    };
  }

  private SingleStep.Result step(LevelVcpu by, List<Part> allowed) {
    List<PageRange> pages = allowed.stream().map(Part::page).distinct().toList();
    return side.step().over(by, pages, () -> look(by) && allowed.containsAll(closedParts(by)));
  }

  /** The vCPU is in the kernel's handler: it executes what is allowed when it is back there. */
  private Turn answerTold(LevelVcpu by, Decision decision) {
    judged(by, decision);
    if (decision.stores() && !isOpen()) {
      reflection = Told.ALLOWED;
    } else {
      forget();
    }
    Reflectable.answer(by, decision.stores());
    return by.turn();
  }

  private Turn again(LevelVcpu by) {
    if (!look(by)) {
      return by.turn();
    }
    ask();
    return by.processor().vcpuOf(Vmpl.VMPL0).turn();
  }

  /** Dropped is what is stepped over: none of these has any other effect than to store. */
  private Turn refuse(LevelVcpu by, Decision decision) {
    judged(by, decision);
    if (decision.answer() != StoreAnswer.DROP) {
      side.refusals().refuse(by, decision.answer(), side.addressOf(by, instruction.gpa(part)));
      return by.turn();
    }
    byte[] code = side.virtual().read(by.cpu(), rip, OperandDecoder.INSTRUCTION_MAX);
    if (!operands.decode(code, 0, code.length)) {
      return new Turn.Failed("an instruction that is to be dropped cannot be decoded");
    }
    Registers registers = by.cpu().registers();
    registers.rip(rip + operands.operand(0).length());
    by.cpu().setRegisters();
    return by.turn();
  }

  private LevelVcpu by() {
    if (vcpu == null) {
      throw new IllegalStateException("nothing is pending");
    }
    return vcpu;
  }
}
