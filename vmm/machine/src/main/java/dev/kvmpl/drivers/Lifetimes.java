// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.drivers;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.drivers.Association.Announced;
import dev.kvmpl.drivers.Association.Held;
import dev.kvmpl.drivers.Association.Left;
import dev.kvmpl.drivers.Association.Taken;
import dev.kvmpl.drivers.Association.Vacant;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.observe.Observers;
import dev.kvmpl.processors.GuestGhcb;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Processor;
import dev.kvmpl.processors.Question;
import dev.kvmpl.processors.Turn;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.VmsaPage;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.GrantLedger;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a driver's life on a vCPU begins and ends. VMPL0 hears of both before anything else runs
 * there: at the beginning it closes what the level's driver before was granted, at the end what
 * this one was; and that it has is looked up in the database.
 */
final class Lifetimes {
  private static final long RFLAGS_RESERVED = 0x2;
  private static final long RFLAGS_IF = 0x200;
  private static final Turn NOBODYS = new Turn.Nobodys();

  private final Permissions permissions;
  private final Drivers drivers;
  private final KernelPlace kernel;
  private final Observers observers;

  Lifetimes(Permissions permissions, Drivers drivers, KernelPlace kernel, Observers observers) {
    this.permissions = permissions;
    this.drivers = drivers;
    this.kernel = kernel;
    this.observers = observers;
  }

  /** Tells VMPL0 that a driver is going to have the vCPU, which is vacant. */
  void begin(LevelVcpu vcpu, int driver, VmsaPage vmsa) {
    if (!(drivers.of(vcpu) instanceof Vacant vacant)) {
      throw new IllegalStateException(vcpu.name() + " is not vacant");
    }
    Announced announced = vacant.announce(driver);
    drivers.change(vcpu, announced);
    vcpu.processor().request().tellAssociation(driver, vcpu.level().number());
    vcpu.processor().ask(new Beginning(vcpu, announced, vmsa));
  }

  /** VMPL0 hears of a new association. */
  private final class Beginning implements Question {
    private final LevelVcpu vcpu;
    private final Announced announced;
    private final VmsaPage vmsa;

    Beginning(LevelVcpu vcpu, Announced announced, VmsaPage vmsa) {
      this.vcpu = vcpu;
      this.announced = announced;
      this.vmsa = vmsa;
    }

    @Override
    public Vmpl level() {
      return vcpu.level();
    }

    @Override
    public Turn answered() {
      drivers.change(vcpu, announced.refuse());
      if (!Verdict.of(vcpu.processor().request().result()).done()) {
        return refused();
      }
      Optional<GrantLedger.Left> left =
          permissions.grants().leftByOthers(announced.driver(), vcpu.level());
      if (left.isPresent()) {
        return notClosed(left.get());
      }
      permissions.serveMsrs(vcpu.level(), vmsa.cpl() != 0);
      if (vcpu == kernel.vcpu()) {
        GhcbPage ghcb = vcpu.usableGhcb(permissions.rmp());
        if (ghcb == null) {
          return vcpu.turn();
        }
        ghcb.answerOk();
        kernel.lend(vmsa);
      } else {
        vcpu.cpu().enterLongMode(vcpu.mode());
      }
      start();
      drivers.change(vcpu, announced.begin());
      observers.step(Step.ASSOCIATE, vcpu.watched(), announced.driver(), Access.WRITE, 0, 0, 0);
      return vcpu.turn();
    }

    private void start() {
      Registers registers = vcpu.cpu().registers();
      registers.clear();
      registers.rip(vmsa.rip());
      registers.rsp(vmsa.rsp());
      registers.rdi(vmsa.rdi());
      registers.rflags(RFLAGS_RESERVED | (vmsa.rflags() & RFLAGS_IF));
      vcpu.cpu().setRegisters();
    }

    private Turn refused() {
      if (!isOnKernelsProcessor(vcpu)) {
        kernel.tell();
        return NOBODYS;
      }
      GhcbPage ghcb = kernel.vcpu().usableGhcb(permissions.rmp());
      if (ghcb != null) {
        ghcb.answerMalformed(Abi.GHCB_ERROR_INVALID_INPUT());
      }
      return kernel.vcpu().turn();
    }
  }

  /** The driver on the vCPU is done, and says so itself. */
  void giveBack(LevelVcpu vcpu) {
    vcpu.cpu().finish(); // its wrmsr, so that the vCPU can start anew
    end(vcpu);
  }

  /** The guest kernel has taken the vCPU of another processor from its driver. */
  void taken(LevelVcpu vcpu) {
    while (!(vcpu.cpu().finish() instanceof VcpuExit.Interrupted)) {
      // the rest of what it did last is dropped
    }
    end(vcpu);
  }

  /** If the driver has no other vCPU of its level, VMPL0 has to hear of it before all else. */
  private void end(LevelVcpu vcpu) {
    Association held = drivers.of(vcpu);
    int driver = held.holder();
    Processor processor = vcpu.processor();
    vcpu.cpu().dropEvents(); // what it has not seen is not its successor's
    vcpu.ghcb(vcpu == kernel.vcpu() ? kernel.ghcb() : new GuestGhcb());
    drivers.change(vcpu, new Vacant());
    if (drivers.driverAt(vcpu.level()) == driver) {
      drivers.change(vcpu, leave(held));
      processor.run(afterDriver(vcpu));
      return;
    }
    Left left = giveBack(held);
    drivers.change(vcpu, left);
    processor.request().tellDissociation(driver, vcpu.level().number(), drivers.isUnloaded(driver));
    processor.ask(new End(vcpu, left));
  }

  private static Vacant leave(Association held) {
    return switch (held) {
      case Held driver -> driver.leave();
      case Taken driver -> driver.leave();
      case Vacant other -> throw notHeld(other);
      case Announced other -> throw notHeld(other);
      case Left other -> throw notHeld(other);
    };
  }

  private static Left giveBack(Association held) {
    return switch (held) {
      case Held driver -> driver.giveBack();
      case Taken driver -> driver.giveBack();
      case Vacant other -> throw notHeld(other);
      case Announced other -> throw notHeld(other);
      case Left other -> throw notHeld(other);
    };
  }

  private static IllegalStateException notHeld(Association other) {
    return new IllegalStateException("no driver has it: " + other);
  }

  /** VMPL0 hears that a driver gave back its last vCPU of a level. */
  private final class End implements Question {
    private final LevelVcpu vcpu;
    private final Left left;

    End(LevelVcpu vcpu, Left left) {
      this.vcpu = vcpu;
      this.left = left;
    }

    @Override
    public Vmpl level() {
      return vcpu.level();
    }

    @Override
    public Turn answered() {
      int driver = left.driver();
      drivers.change(vcpu, left.forget());
      long result = vcpu.processor().request().result();
      if (!Verdict.of(result).done()) {
        return new Turn.Failed(
            String.format(
                Locale.ROOT,
                "VMPL0 has not closed what driver %d was granted (result %#x)",
                driver,
                result));
      }
      // If it has the level again, or gives it back elsewhere too, this was not its last vCPU.
      Optional<GrantLedger.Left> open = permissions.grants().leftBy(driver, vcpu.level());
      if (open.isPresent() && !drivers.isInvolved(driver, vcpu.level())) {
        return notClosed(open.get());
      }
      LevelVcpu next = afterDriver(vcpu);
      return next == null ? NOBODYS : next.turn();
    }
  }

  private static Turn notClosed(GrantLedger.Left left) {
    return new Turn.Failed("VMPL0 has not closed " + left);
  }

  private boolean isOnKernelsProcessor(LevelVcpu vcpu) {
    return vcpu.processor() == kernel.vcpu().processor();
  }

  /** Prepares what runs on a processor after a driver, null for nothing. */
  private @Nullable LevelVcpu afterDriver(LevelVcpu vcpu) {
    if (!isOnKernelsProcessor(vcpu)) {
      kernel.tell();
      return null;
    }
    if (vcpu == kernel.vcpu()) {
      kernel.comeHome();
    }
    GhcbPage waiting = kernel.vcpu().usableGhcb(permissions.rmp());
    if (waiting != null) {
      waiting.answerOk();
    }
    return kernel.vcpu();
  }
}
