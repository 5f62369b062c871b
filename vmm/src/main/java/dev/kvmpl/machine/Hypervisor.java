// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.Registers;
import dev.kvmpl.kvm.VcpuExit;
import dev.kvmpl.machine.VcpuThread.Next;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.GhcbMsr;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Plane;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import org.jspecify.annotations.Nullable;

/**
 * What is done with each exit of a machine's vCPUs. Only the baton's holder is in here, so there
 * are no locks; what the path exit, verdict, resume does, it does without allocating.
 */
final class Hypervisor {
  /** RMPADJUST: where KVM would have to emulate it, it reports these bytes instead. */
  private static final byte[] RMPADJUST = {(byte) 0xf3, 0x0f, 0x01, (byte) 0xfe};

  private static final int FIRST_INTERRUPT_VECTOR = 32;

  private final MachineParts parts;
  private final Rmp rmp;
  private final CaughtStore store;
  private final Association association;
  private final Recorder recorder;
  private @Nullable Ending ending;

  Hypervisor(MachineParts parts, Recorder recorder) {
    this.parts = parts;
    this.rmp = parts.rmp();
    this.recorder = recorder;
    this.store = new CaughtStore(parts, recorder);
    this.association = new Association(parts, recorder);
  }

  /** How the machine ended; null while it has not. To be asked once its threads have. */
  @Nullable Ending ending() {
    return ending;
  }

  /** A thread of the machine has thrown. */
  void crashed(LevelVcpu vcpu, Throwable cause) {
    fail("%s on %s".formatted(cause, vcpu.name()), cause);
  }

  Next handle(LevelVcpu vcpu, VcpuExit exit) {
    recorder.exit(vcpu, exit);
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
      case VcpuExit.Halt halt -> unexpected(vcpu, halt, "");
      case VcpuExit.Shutdown shutdown -> unexpected(vcpu, shutdown, " (triple fault)");
      case VcpuExit.FailEntry entry ->
          unexpected(vcpu, entry, " (hardware reason %#x)".formatted(entry.reason()));
      case VcpuExit.MemoryFault fault -> unexpected(vcpu, fault, "");
      case VcpuExit.Unsupported unsupported ->
          unexpected(vcpu, unsupported, " (exit reason %d)".formatted(unsupported.reason()));
    };
  }

  /** An access that the level's slots do not allow. */
  private Next access(LevelVcpu vcpu, VcpuExit.Mmio mmio) {
    if (!mmio.isWrite()) {
      return unexpected(
          vcpu, mmio, " (read of %d bytes at gpa %#x)".formatted(mmio.length(), mmio.gpa()));
    }
    if (vcpu.level() == Vmpl.VMPL0) {
      return unexpected(
          vcpu, mmio, " (write of %d bytes at gpa %#x)".formatted(mmio.length(), mmio.gpa()));
    }
    String problem = store.capture(vcpu, mmio);
    if (problem != null) {
      return fail(problem + FailureReport.of(parts.memory(), vcpu), null);
    }
    store.ask(association.driver());
    return Next.SWITCH;
  }

  private Next port(LevelVcpu vcpu, VcpuExit.Io io) {
    if (io.port() != Abi.KVMPL_PORT_RMPADJUST()
        || !io.isIn()
        || io.size() != 4
        || io.count() != 1) {
      return unexpected(
          vcpu,
          io,
          " (%s, port %#x, %d bytes)".formatted(io.isIn() ? "in" : "out", io.port(), io.size()));
    }
    Registers registers = vcpu.vcpu().registers();
    io.answer(adjust(vcpu, registers));
    return Next.RESUME;
  }

  private Next internalError(LevelVcpu vcpu, VcpuExit.KvmInternalError error) {
    if (!error.isEmulationOf(RMPADJUST)) {
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
    Registers registers = vcpu.vcpu().registers();
    registers.rax(adjust(vcpu, registers));
    registers.rip(registers.rip() + RMPADJUST.length);
    vcpu.vcpu().setRegisters();
    return Next.RESUME;
  }

  /**
   * Executes RMPADJUST with the operands in {@code registers}, and lets the target's slots follow.
   */
  private int adjust(LevelVcpu vcpu, Registers registers) {
    long gpa = registers.rax();
    long operands = registers.rdx();
    int result = rmp.adjust(vcpu.level(), gpa, registers.rcx(), operands);
    if (result == Abi.RMP_OK()) {
      Vmpl target = Vmpl.of((int) operands & 0xff);
      int page = PageRange.pageOf(gpa);
      Plane plane = parts.plane(target);
      if (plane != null) {
        plane.follow(page, page + 1);
      }
      if ((rmp.permissions(page, target) & PagePermissions.WRITE) != 0) {
        recorder.step(Step.GRANT, vcpu, association.driver(), gpa, PageRange.PAGE_SIZE, 0);
      }
    }
    return result;
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
    } else if (info == Abi.GHCB_MSR_TERMINATE_REQUEST()) {
      return terminated(vcpu, value);
    } else {
      return unexpected(vcpu, write, " (GHCB MSR request %#x, value %#x)".formatted(info, value));
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
    long code = ghcb.exitCode();
    if (code == (Abi.GHCB_NAE_HV_IPI() & 0xffffffffL)) {
      return interruptSelf(vcpu, ghcb);
    } else if (code == (Abi.GHCB_NAE_SNP_AP_CREATION() & 0xffffffffL) && vcpu == parts.first()) {
      return association.requested(ghcb) ? Next.SWITCH : Next.RESUME;
    }
    ghcb.answerMalformed(Abi.GHCB_ERROR_INVALID_EVENT());
    return Next.RESUME;
  }

  /** The interrupt request of a vCPU to itself, as it would write it to its APIC's ICR. */
  private Next interruptSelf(LevelVcpu vcpu, GhcbPage ghcb) {
    long icr = ghcb.exitInfo1();
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
        vcpu.pendingVector = 0;
      } else {
        vcpu.vcpu().requestInterruptWindow(true);
      }
    }
    return Next.RESUME;
  }

  /** VMPL0 wants VMPL1 to run: whatever it was asked is answered now. */
  private Next runVmpl(LevelVcpu vcpu, int level) {
    boolean possible = vcpu == parts.second() && level == parts.first().level().number();
    vcpu.msrAnswer = GhcbMsr.runVmplAnswer(possible);
    if (!possible) {
      return Next.RESUME;
    }
    if (association.inProgress()) {
      association.answered();
    } else if (store.inProgress()) {
      store.answered();
    }
    return Next.SWITCH;
  }

  private Next terminated(LevelVcpu vcpu, long value) {
    boolean ours = GhcbMsr.terminationSet(value) == Abi.KVMPL_TERMINATE_SET();
    int reason = GhcbMsr.terminationReason(value);
    if (ours && reason == Abi.KVMPL_TERMINATE_FINISHED() && vcpu == parts.first()) {
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
