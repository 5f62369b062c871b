// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.VcpuExit;
import dev.kvmpl.machine.MachineSpec.Detection;
import dev.kvmpl.machine.VcpuThread.Next;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.GhcbMsr;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What is done with each exit of a machine's vCPUs. One exit is handled at a time: everything that
 * a machine changes while it runs is changed in here, under one lock. What the path exit, verdict,
 * resume does, it does without allocating.
 */
final class Hypervisor {
  private static final int FIRST_INTERRUPT_VECTOR = 32;
  private static final int VECTOR_UD = 6;
  private static final int INSTRUCTION_MAX = 15;
  private static final long APIC_ICR_MASK = 0xffffffffL; // all but the destination

  private final ReentrantLock lock = new ReentrantLock();
  private final MachineParts parts;
  private final Detection detection;
  private final Rmp rmp;
  private final CaughtAccess[] caught;
  private final Association association;
  private final RmpInstructions instructions;
  private final Recorder recorder;
  private @Nullable Ending ending;

  Hypervisor(MachineParts parts, Detection detection, Recorder recorder) {
    this.parts = parts;
    this.detection = detection;
    this.rmp = parts.rmp();
    this.recorder = recorder;
    this.caught = new CaughtAccess[parts.processors().size()];
    for (Processor processor : parts.processors()) {
      caught[processor.apicId()] = new CaughtAccess(parts, processor, recorder);
    }
    this.association = new Association(parts, recorder);
    this.instructions = new RmpInstructions(parts, recorder);
  }

  /** How the machine ended; null while it has not. To be asked once its threads have. */
  @Nullable Ending ending() {
    return ending;
  }

  /** A thread of the machine has thrown. */
  void crashed(LevelVcpu vcpu, Throwable cause) {
    lock.lock();
    try {
      fail("%s on %s".formatted(cause, vcpu.name()), cause);
    } finally {
      lock.unlock();
    }
  }

  /** Handles an exit of the vCPU whose thread calls. */
  Next handle(LevelVcpu vcpu, VcpuExit exit) {
    lock.lock();
    try {
      return ending != null ? Next.STOP : dispatch(vcpu, exit);
    } finally {
      lock.unlock();
    }
  }

  private Next dispatch(LevelVcpu vcpu, VcpuExit exit) {
    recorder.exit(vcpu, exit);
    if (vcpu.destroyed) {
      association.taken(vcpu);
      return Next.TAKE_TURNS;
    }
    dropUndetected(vcpu, exit);
    return switch (exit) {
      case VcpuExit.Mmio mmio -> access(vcpu, mmio);
      case VcpuExit.WriteMsr write -> msrWritten(vcpu, write);
      case VcpuExit.ReadMsr read -> {
        read.answer(vcpu.msrAnswer);
        yield Next.RESUME;
      }
      case VcpuExit.Io io -> port(vcpu, io);
      case VcpuExit.KvmInternalError error -> internalError(vcpu, error);
      case VcpuExit.InterruptWindow ignored -> {
        vcpu.vcpu().requestInterruptWindow(false);
        yield injectPending(vcpu);
      }
      case VcpuExit.Interrupted ignored -> Next.RESUME;
      case VcpuExit.Halt halt ->
          vcpu == parts.kernel() && vcpu.driver == 0 && association.awaited()
              ? Next.TAKE_TURNS
              : unexpected(vcpu, halt, "");
      case VcpuExit.Shutdown shutdown -> unexpected(vcpu, shutdown, " (triple fault)");
      case VcpuExit.FailEntry entry ->
          unexpected(vcpu, entry, " (hardware reason %#x)".formatted(entry.reason()));
      case VcpuExit.MemoryFault fault -> unexpected(vcpu, fault, "");
      case VcpuExit.Unsupported unsupported ->
          unexpected(vcpu, unsupported, " (exit reason %d)".formatted(unsupported.reason()));
    };
  }

  /**
   * A guest kernel that was told of a store has to ask for VMPL0 next. If it does something else,
   * the store is not done: it must not land later, when nobody expects it.
   */
  private void dropUndetected(LevelVcpu vcpu, VcpuExit exit) {
    CaughtAccess attempt = caught[vcpu.processor().apicId()];
    boolean asks =
        exit instanceof VcpuExit.WriteMsr write
            && GhcbMsr.info(write.data()) == Abi.GHCB_MSR_RUN_VMPL_REQUEST();
    if (attempt.isReflected()
        && vcpu.level() != Vmpl.VMPL0
        && !asks
        && !(exit instanceof VcpuExit.Interrupted)) {
      attempt.refuseUndetected();
    }
  }

  /** An access that the level's slots do not allow. */
  private Next access(LevelVcpu vcpu, VcpuExit.Mmio mmio) {
    if (vcpu.level() == Vmpl.VMPL0) {
      return unexpected(
          vcpu,
          mmio,
          " (%s of %d bytes at gpa %#x)"
              .formatted(mmio.isWrite() ? "write" : "read", mmio.length(), mmio.gpa()));
    }
    CaughtAccess attempt = caught[vcpu.processor().apicId()];
    if (!mmio.isWrite()) {
      attempt.load(vcpu, mmio);
      attempt.ask();
      return Next.TAKE_TURNS;
    }
    String problem = attempt.store(vcpu, mmio);
    if (problem != null) {
      return fail(problem + FailureReport.of(parts.memory(), vcpu), null);
    }
    if (detection == Detection.REFLECT && vcpu == parts.kernel() && vcpu.driver != 0) {
      if (!attempt.reflect()) {
        attempt.refuseUndetected();
      }
    } else {
      attempt.ask();
    }
    return Next.TAKE_TURNS;
  }

  private Next port(LevelVcpu vcpu, VcpuExit.Io io) {
    if (!instructions.served(vcpu, io)) {
      return unexpected(
          vcpu,
          io,
          " (%s, port %#x, %d bytes)".formatted(io.isIn() ? "in" : "out", io.port(), io.size()));
    }
    return Next.RESUME;
  }

  private Next internalError(LevelVcpu vcpu, VcpuExit.KvmInternalError error) {
    if (!association.hosts(vcpu) && instructions.served(vcpu, error)) {
      return Next.RESUME;
    }
    long fetched = vcpu.level() == Vmpl.VMPL0 ? Vcpu.UNMAPPED : absentFetch(vcpu);
    if (fetched != Vcpu.UNMAPPED) {
      CaughtAccess attempt = caught[vcpu.processor().apicId()];
      attempt.fetch(vcpu, fetched);
      attempt.ask();
      return Next.TAKE_TURNS;
    }
    if (association.hosts(vcpu)) { // the guest kernel's to deal with
      vcpu.vcpu().injectException(VECTOR_UD);
      return Next.RESUME;
    }
    return unexpected(
        vcpu,
        error,
        " (suberror %d%s)"
            .formatted(
                error.suberror(),
                error.instruction().isEmpty()
                    ? ""
                    : ", KVM cannot emulate " + error.instruction()));
  }

  /**
   * The address of the instruction byte that the level may not fetch, if that is why KVM gave up:
   * it says no more than that it could not emulate what is at RIP.
   */
  private long absentFetch(LevelVcpu vcpu) {
    long rip = vcpu.vcpu().registers().rip();
    long nextPage = (rip | (PageRange.PAGE_SIZE - 1)) + 1;
    long first = absent(vcpu, rip);
    return first != Vcpu.UNMAPPED || nextPage - rip >= INSTRUCTION_MAX
        ? first
        : absent(vcpu, nextPage);
  }

  private long absent(LevelVcpu vcpu, long address) {
    long gpa = vcpu.vcpu().translate(address);
    return gpa != Vcpu.UNMAPPED && !rmp.allows(gpa, 1, vcpu.level(), PagePermissions.READ)
        ? gpa
        : Vcpu.UNMAPPED;
  }

  private Next msrWritten(LevelVcpu vcpu, VcpuExit.WriteMsr write) {
    long value = write.data();
    int info = GhcbMsr.info(value);
    if (info == Abi.GHCB_MSR_RUN_VMPL_REQUEST()) {
      return runVmpl(vcpu, GhcbMsr.runVmpl(value));
    } else if (info == Abi.GHCB_MSR_GPA()) {
      return event(vcpu, GhcbMsr.gpa(value));
    } else if (info == Abi.GHCB_MSR_REGISTER_GPA_REQUEST()) {
      vcpu.msrAnswer =
          GhcbMsr.registerAnswer(GhcbMsr.gpa(value), register(vcpu, GhcbMsr.gpa(value)));
      return Next.RESUME;
    } else if (info == Abi.GHCB_MSR_SEV_INFO_REQUEST()) {
      vcpu.msrAnswer = GhcbMsr.sevInfoAnswer();
      return Next.RESUME;
    } else if (info == Abi.GHCB_MSR_HV_FEATURES_REQUEST()) {
      vcpu.msrAnswer = GhcbMsr.featuresAnswer();
      return Next.RESUME;
    } else if (info == Abi.GHCB_MSR_TERMINATE_REQUEST()) {
      return terminated(vcpu, value);
    } else {
      vcpu.msrAnswer = value; // no answer: what was written is read back
      return Next.RESUME;
    }
  }

  /** Only a page that the level may write itself: the hypervisor is going to write there for it. */
  private boolean register(LevelVcpu vcpu, long gpa) {
    if (!rmp.allows(
        gpa, PageRange.PAGE_SIZE, vcpu.level(), PagePermissions.READ | PagePermissions.WRITE)) {
      return false;
    }
    vcpu.ghcb = new GhcbPage(parts.memory(), gpa);
    vcpu.ghcbGpa = gpa;
    return true;
  }

  private Next event(LevelVcpu vcpu, long gpa) {
    GhcbPage ghcb = vcpu.usableGhcb(rmp);
    if (ghcb == null || gpa != vcpu.ghcbGpa) {
      return fail(
          "%s used GHCB page %#x, which it has not registered or may not write"
              .formatted(vcpu.name(), gpa),
          null);
    }
    int wrong = ghcb.formError();
    if (wrong != 0) {
      ghcb.answerMalformed(wrong);
      return Next.RESUME;
    }
    long code = ghcb.exitCode();
    if (code == (Abi.GHCB_NAE_HV_IPI() & 0xffffffffL)) {
      return interrupt(vcpu, ghcb);
    } else if (code == (Abi.GHCB_NAE_SNP_AP_CREATION() & 0xffffffffL)) {
      association.requested(vcpu, ghcb);
      return Next.TAKE_TURNS;
    } else if (code == (Abi.GHCB_NAE_SNP_RUN_VMPL() & 0xffffffffL)) {
      return runVmplEvent(vcpu, ghcb);
    } else if (code == (Abi.GHCB_NAE_HV_FEATURES() & 0xffffffffL)) {
      ghcb.answer(GhcbMsr.features());
      return Next.RESUME;
    }
    ghcb.answerMalformed(Abi.GHCB_ERROR_INVALID_EVENT());
    return Next.RESUME;
  }

  private Next runVmplEvent(LevelVcpu vcpu, GhcbPage ghcb) {
    long level = ghcb.exitInfo1();
    if (vcpu.level() != Vmpl.VMPL0 && level == Vmpl.VMPL0.number()) {
      new CalledService(parts, vcpu, ghcb, recorder).ask();
    } else if (level >= 0 && level <= Vmpl.VMPL3.number() && switchTo(vcpu, (int) level)) {
      ghcb.answerOk();
    } else {
      ghcb.answerMalformed(Abi.GHCB_ERROR_INVALID_INPUT());
    }
    return Next.TAKE_TURNS;
  }

  /**
   * An interrupt request, as a vCPU would write it to its APIC's ICR: to itself, or INIT to another
   * processor.
   */
  private Next interrupt(LevelVcpu vcpu, GhcbPage ghcb) {
    long icr = ghcb.exitInfo1();
    if ((icr & APIC_ICR_MASK) == Abi.APIC_ICR_DELIVERY_INIT()) {
      if (association.init(vcpu, icr >>> Abi.APIC_ICR_DESTINATION_SHIFT())) {
        ghcb.answerOk();
      } else {
        ghcb.answerMalformed(Abi.GHCB_ERROR_INVALID_INPUT());
      }
      return Next.RESUME;
    }
    int vector = (int) icr & Abi.APIC_ICR_VECTOR_MASK();
    if ((icr & ~(long) Abi.APIC_ICR_VECTOR_MASK()) != Abi.APIC_ICR_SHORTHAND_SELF()
        || vector < FIRST_INTERRUPT_VECTOR) {
      ghcb.answerMalformed(Abi.GHCB_ERROR_INVALID_INPUT());
      return Next.RESUME;
    }
    ghcb.answerOk();
    vcpu.pendingVector = vector;
    return injectPending(vcpu);
  }

  private Next injectPending(LevelVcpu vcpu) {
    if (vcpu.pendingVector != 0) {
      if (vcpu.vcpu().acceptsInterrupt()) {
        vcpu.vcpu().interrupt(vcpu.pendingVector);
        recorder.interrupted(vcpu);
        vcpu.pendingVector = 0;
      } else {
        vcpu.vcpu().requestInterruptWindow(true);
      }
    }
    return Next.RESUME;
  }

  private Next runVmpl(LevelVcpu vcpu, int level) {
    CaughtAccess attempt = caught[vcpu.processor().apicId()];
    boolean done;
    if (vcpu.level() != Vmpl.VMPL0 && level == Vmpl.VMPL0.number() && attempt.isReflected()) {
      attempt.launch();
      done = true;
    } else {
      done = switchTo(vcpu, level);
    }
    if (association.problem() != null) {
      return fail(association.problem(), null);
    }
    vcpu.msrAnswer = GhcbMsr.runVmplAnswer(done);
    return Next.TAKE_TURNS;
  }

  /**
   * A vCPU wants another level of its processor to run. To VMPL0's question this is the answer; a
   * level's request for itself changes nothing.
   *
   * @return whether it is possible
   */
  private boolean switchTo(LevelVcpu vcpu, int level) {
    if (level == vcpu.level().number()) {
      return true;
    }
    Processor processor = vcpu.processor();
    Processor.Question question = processor.question;
    if (vcpu.level() == Vmpl.VMPL0 && question != null && question.level().number() == level) {
      processor.question = null;
      LevelVcpu next = question.answered();
      if (next != null && next.destroyed) {
        association.taken(next);
      } else {
        processor.run(next);
      }
      return true;
    }
    if (vcpu == launched() && question == null && level == Vmpl.VMPL1.number()) {
      processor.run(parts.kernel());
      return true;
    }
    return false;
  }

  /** The vCPU that runs first in a machine. */
  private LevelVcpu launched() {
    return parts.kernel().processor().vcpuOf(Vmpl.VMPL0);
  }

  private Next terminated(LevelVcpu vcpu, long value) {
    boolean ours = GhcbMsr.terminationSet(value) == Abi.KVMPL_TERMINATE_SET();
    int reason = GhcbMsr.terminationReason(value);
    if (ours && reason == Abi.KVMPL_TERMINATE_FINISHED() && vcpu == parts.kernel()) {
      ending = new Ending(RunResult.Outcome.COMPLETED, "", null);
      return Next.STOP;
    }
    if (ours && reason == Abi.KVMPL_TERMINATE_PANIC()) {
      return fail(
          "the guest of " + vcpu.name() + " panicked: " + parts.bootInfo(vcpu).panic(), null);
    }
    return fail(
        "the guest of %s terminated, reason set %d, reason %d"
            .formatted(vcpu.name(), GhcbMsr.terminationSet(value), reason),
        null);
  }

  private Next unexpected(LevelVcpu vcpu, VcpuExit exit, String detail) {
    return fail(
        "KVM_EXIT_%s%s on %s%s"
            .formatted(exit.name(), detail, vcpu.name(), FailureReport.of(parts.memory(), vcpu)),
        null);
  }

  private Next fail(String message, @Nullable Throwable cause) {
    if (ending == null) {
      ending = new Ending(RunResult.Outcome.FAILED, message, cause);
    }
    return Next.STOP;
  }

  /**
   * How a machine ended.
   *
   * @param message empty when it completed
   * @param cause of a failure of kvmpl itself
   */
  record Ending(RunResult.Outcome outcome, String message, @Nullable Throwable cause) {}
}
