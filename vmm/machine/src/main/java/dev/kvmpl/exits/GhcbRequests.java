// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.exits;

import dev.kvmpl.attempts.Attempts;
import dev.kvmpl.attempts.CaughtAccess;
import dev.kvmpl.attempts.PendingAccess;
import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.drivers.Association;
import dev.kvmpl.drivers.Drivers;
import dev.kvmpl.drivers.VcpuRequests;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.observe.Observers;
import dev.kvmpl.processors.GuestGhcb;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.processors.PendingInterrupts;
import dev.kvmpl.processors.Processor;
import dev.kvmpl.processors.Processors;
import dev.kvmpl.processors.Question;
import dev.kvmpl.processors.Turn;
import dev.kvmpl.protocol.BootInfo;
import dev.kvmpl.protocol.GhcbMsr;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Locale;

/**
 * What guests ask of the hypervisor: by the GHCB MSR, and by events in GHCB pages. Everything is
 * answered; what is unknown or malformed, as such.
 */
final class GhcbRequests {
  private static final int FIRST_INTERRUPT_VECTOR = 32;
  private static final long APIC_ICR_MASK = 0xffffffffL; // all but the destination

  private final GuestMemory memory;
  private final MemoryLayout layout;
  private final Processors processors;
  private final Permissions permissions;
  private final Drivers drivers;
  private final VcpuRequests requests;
  private final Attempts attempts;
  private final Observers observers;
  private final MachineEnd end;

  GhcbRequests(
      GuestMemory memory,
      MemoryLayout layout,
      Processors processors,
      Permissions permissions,
      Drivers drivers,
      VcpuRequests requests,
      Attempts attempts,
      Observers observers,
      MachineEnd end) {
    this.memory = memory;
    this.layout = layout;
    this.processors = processors;
    this.permissions = permissions;
    this.drivers = drivers;
    this.requests = requests;
    this.attempts = attempts;
    this.observers = observers;
    this.end = end;
  }

  /** Serves a write of the GHCB MSR. */
  Next written(LevelVcpu vcpu, VcpuExit.WriteMsr write) {
    long value = write.data();
    int info = GhcbMsr.info(value);
    if (info == Abi.GHCB_MSR_RUN_VMPL_REQUEST()) {
      return runVmpl(vcpu, GhcbMsr.runVmpl(value));
    } else if (info == Abi.GHCB_MSR_GPA()) {
      return event(vcpu, GhcbMsr.gpa(value));
    } else if (info == Abi.GHCB_MSR_REGISTER_GPA_REQUEST()) {
      vcpu.ghcb()
          .msrAnswer(
              GhcbMsr.registerAnswer(GhcbMsr.gpa(value), register(vcpu, GhcbMsr.gpa(value))));
      return Next.RESUME;
    } else if (info == Abi.GHCB_MSR_SEV_INFO_REQUEST()) {
      vcpu.ghcb().msrAnswer(GhcbMsr.sevInfoAnswer());
      return Next.RESUME;
    } else if (info == Abi.GHCB_MSR_HV_FEATURES_REQUEST()) {
      vcpu.ghcb().msrAnswer(GhcbMsr.featuresAnswer());
      return Next.RESUME;
    } else if (info == Abi.GHCB_MSR_TERMINATE_REQUEST()) {
      return terminated(vcpu, value);
    } else {
      vcpu.ghcb().msrAnswer(value); // no answer: what was written is read back
      return Next.RESUME;
    }
  }

  /** Only a page that the level may write itself: the hypervisor is going to write there for it. */
  private boolean register(LevelVcpu vcpu, long gpa) {
    boolean usable = GuestGhcb.isUsable(permissions.rmp(), vcpu.level(), gpa);
    if (usable) {
      vcpu.ghcb().register(new GhcbPage(memory, gpa), gpa);
    }
    return usable;
  }

  private Next event(LevelVcpu vcpu, long gpa) {
    GhcbPage ghcb = vcpu.usableGhcb(permissions.rmp());
    if (ghcb == null || !vcpu.ghcb().isAt(gpa)) {
      return end.failed(
          String.format(
              Locale.ROOT,
              "%s used GHCB page %#x, which it has not registered or may not write%s",
              vcpu.name(),
              gpa,
              drivers.whose(vcpu)),
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
      requests.requested(vcpu, ghcb);
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
      attempts.call(vcpu, ghcb);
      return Next.TAKE_TURNS;
    }
    if (level < 0 || level > Vmpl.VMPL3.number() || !canSwitch(vcpu, (int) level)) {
      ghcb.answerMalformed(Abi.GHCB_ERROR_INVALID_INPUT());
      return Next.RESUME;
    }
    ghcb.answerOk();
    return switchTo(vcpu, (int) level);
  }

  /**
   * An interrupt request, as a vCPU would write it to its APIC's ICR: to itself, or INIT to another
   * processor.
   */
  private Next interrupt(LevelVcpu vcpu, GhcbPage ghcb) {
    long icr = ghcb.exitInfo1();
    if ((icr & APIC_ICR_MASK) == Abi.APIC_ICR_DELIVERY_INIT()) {
      if (requests.init(vcpu, icr >>> Abi.APIC_ICR_DESTINATION_SHIFT())) {
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
    vcpu.ghcb().pending().request(vector);
    return injectPending(vcpu);
  }

  /** Delivers an interrupt that waits, as soon as the guest can take it. */
  Next injectPending(LevelVcpu vcpu) {
    PendingInterrupts pending = vcpu.ghcb().pending();
    if (!pending.isEmpty() && vcpu.cpu().acceptsInterrupt()) {
      permissions.catchUp(vcpu.level()); // the handler's stack
      vcpu.cpu().interrupt(pending.take());
      observers.interrupted(vcpu.watched());
    }
    vcpu.cpu().requestInterruptWindow(!pending.isEmpty());
    return Next.RESUME;
  }

  private Next runVmpl(LevelVcpu vcpu, int level) {
    CaughtAccess attempt = attempts.access(vcpu);
    PendingAccess pending = attempts.pending(vcpu);
    boolean told = attempt.isReflected() || pending.isReflected();
    if (told && vcpu.level() != Vmpl.VMPL0 && level == Vmpl.VMPL0.number()) {
      if (attempt.isReflected()) {
        attempt.launch();
      } else {
        pending.launch();
      }
      vcpu.ghcb().msrAnswer(GhcbMsr.runVmplAnswer(true));
      return Next.TAKE_TURNS;
    }
    boolean possible = canSwitch(vcpu, level);
    vcpu.ghcb().msrAnswer(GhcbMsr.runVmplAnswer(possible));
    return possible ? switchTo(vcpu, level) : Next.RESUME;
  }

  /**
   * Whether a vCPU may have another level of its processor run: VMPL0 may when it has been asked
   * something or is ready. A level's request for itself changes nothing.
   */
  private boolean canSwitch(LevelVcpu vcpu, int level) {
    if (level == vcpu.level().number()) {
      return true;
    }
    Question question = vcpu.processor().question();
    return question == null
        ? vcpu == processors.launched() && level == Vmpl.VMPL1.number()
        : vcpu.level() == Vmpl.VMPL0 && level == question.level().number();
  }

  private Next switchTo(LevelVcpu vcpu, int level) {
    Processor processor = vcpu.processor();
    if (level == vcpu.level().number()) {
      return Next.RESUME;
    }
    if (processor.question() == null) {
      processor.run(processors.kernel());
      return Next.TAKE_TURNS;
    }
    Question asked = processor.takeQuestion();
    permissions.answered(asked.level());
    switch (asked.answered()) {
      case Turn.Of turn when requests.isTaken(turn.vcpu()) -> requests.taken(turn.vcpu());
      case Turn.Of turn -> processor.run(turn.vcpu());
      case Turn.Nobodys ignored -> processor.run(null);
      case Turn.Failed failed -> {
        return end.failed(failed.reason(), null);
      }
    }
    return Next.TAKE_TURNS;
  }

  /**
   * A guest wants its end. All of the machine's end is the guest kernel's to say, and a failure
   * anybody's; a driver that has nothing else to say comes to its own end, wherever it runs.
   */
  private Next terminated(LevelVcpu vcpu, long value) {
    boolean ours = GhcbMsr.terminationSet(value) == Abi.KVMPL_TERMINATE_SET();
    int reason = GhcbMsr.terminationReason(value);
    if (ours
        && reason == Abi.KVMPL_TERMINATE_FINISHED()
        && drivers.driverOf(vcpu) != Association.NONE) {
      requests.giveBack(vcpu);
      return Next.TAKE_TURNS;
    }
    if (ours && reason == Abi.KVMPL_TERMINATE_FINISHED() && vcpu == processors.kernel()) {
      return end.completed();
    }
    if (ours && reason == Abi.KVMPL_TERMINATE_PANIC()) {
      return end.failed(
          String.format(
              Locale.ROOT,
              "the guest of %s panicked: %s%s",
              vcpu.name(),
              bootInfo(vcpu).panic(),
              drivers.whose(vcpu)),
          null);
    }
    return end.failed(
        String.format(
            Locale.ROOT,
            "the guest of %s terminated, reason set %d, reason %d%s",
            vcpu.name(),
            GhcbMsr.terminationSet(value),
            reason,
            drivers.whose(vcpu)),
        null);
  }

  private BootInfo bootInfo(LevelVcpu vcpu) {
    return new BootInfo(memory, layout.of(vcpu.level()).bootInfo(vcpu.processor().apicId()));
  }
}
