// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.irq;

import static dev.kvmpl.bindings.SyscallException.check;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.bindings.kvm.kvm_irq_level;
import dev.kvmpl.bindings.kvm.kvm_irq_routing;
import dev.kvmpl.bindings.kvm.kvm_irq_routing_entry;
import dev.kvmpl.bindings.kvm.kvm_irqfd;
import dev.kvmpl.bindings.kvm.kvm_msi;
import dev.kvmpl.bindings.kvm.kvm_pit_config;
import dev.kvmpl.bindings.kvm.kvm_reinject_control;
import dev.kvmpl.kvm.fd.EventFd;
import dev.kvmpl.kvm.fd.KvmFd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A VM's interrupts where KVM has the controllers. One of the two kinds of controllers has to be
 * made before the first vCPU. May be used from any thread. What KVM refuses is a {@link
 * SyscallException}.
 */
public final class Interrupts {
  private final KvmFd vm;

  /**
   * @param vm a VM's file descriptor
   */
  public Interrupts(KvmFd vm) {
    this.vm = vm;
  }

  /**
   * Both 8259s, the I/O APIC and a local APIC for each vCPU (KVM_CREATE_IRQCHIP, api.rst 4.24).
   * From then on {@code hlt} waits inside KVM.
   */
  public void createController() {
    done(vm.unsafeIoctl(Kvm.KVM_CREATE_IRQCHIP(), 0), "KVM_CREATE_IRQCHIP", "");
  }

  /**
   * A local APIC for each vCPU alone; the rest is the caller's (KVM_CAP_SPLIT_IRQCHIP, api.rst
   * 7.5).
   *
   * @param routes how many GSIs the caller's I/O APICs have
   */
  public void createLocalApics(int routes) {
    vm.enable(Kvm.KVM_CAP_SPLIT_IRQCHIP(), "KVM_CAP_SPLIT_IRQCHIP, " + routes, routes);
  }

  /**
   * The 8254 timer, after {@link #createController} (KVM_CREATE_PIT2, api.rst 4.71).
   *
   * @param speaker with port 0x61, by which guests measure time
   */
  public void createPit(boolean speaker) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment config = kvm_pit_config.allocate(scratch);
      kvm_pit_config.flags(config, speaker ? Kvm.KVM_PIT_SPEAKER_DUMMY() : 0);
      done(vm.unsafeIoctl(Kvm.KVM_CREATE_PIT2(), config), "KVM_CREATE_PIT2", "");
    }
  }

  /** Whether the timer makes up for interrupts that a guest has missed (KVM_REINJECT_CONTROL). */
  public void reinjectTimer(boolean wanted) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment control = kvm_reinject_control.allocate(scratch);
      kvm_reinject_control.pit_reinject(control, (byte) (wanted ? 1 : 0));
      done(
          vm.unsafeIoctl(Kvm.KVM_REINJECT_CONTROL(), control),
          "KVM_REINJECT_CONTROL",
          Boolean.toString(wanted));
    }
  }

  /** Sets a line's level (KVM_IRQ_LINE, api.rst 4.25); a rising one is an edge. */
  public void line(int gsi, boolean level) {
    line(Kvm.KVM_IRQ_LINE(), "KVM_IRQ_LINE", gsi, level);
  }

  /**
   * The same, with what has become of it (KVM_IRQ_LINE_STATUS).
   *
   * @return to how many vCPUs it went; 0 if it was one with an earlier one, below 0 if it is masked
   */
  public int lineStatus(int gsi, boolean level) {
    return line(Kvm.KVM_IRQ_LINE_STATUS(), "KVM_IRQ_LINE_STATUS", gsi, level);
  }

  private int line(long request, String name, int gsi, boolean level) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment line = kvm_irq_level.allocate(scratch);
      kvm_irq_level.irq(line, gsi);
      kvm_irq_level.level(line, level ? 1 : 0);
      done(vm.unsafeIoctl(request, line), name, gsi + ", " + level);
      return kvm_irq_level.status(line);
    }
  }

  /**
   * Sends an interrupt (KVM_SIGNAL_MSI, api.rst 4.70).
   *
   * @return whether a guest has got it; if not, it blocks it
   */
  public boolean signal(Msi msi) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment sent = kvm_msi.allocate(scratch);
      kvm_msi.address_lo(sent, (int) msi.address());
      kvm_msi.address_hi(sent, (int) (msi.address() >>> Integer.SIZE));
      kvm_msi.data(sent, msi.data());
      return check(vm.unsafeIoctl(Kvm.KVM_SIGNAL_MSI(), sent), "KVM_SIGNAL_MSI", msi.toString())
          > 0;
    }
  }

  /** Where lines lead from now on, all of them (KVM_SET_GSI_ROUTING, api.rst 4.52). */
  public void route(List<GsiRoute> routes) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment routing =
          scratch.allocate(
              kvm_irq_routing.sizeof() + routes.size() * kvm_irq_routing_entry.sizeof(),
              kvm_irq_routing.layout().byteAlignment());
      kvm_irq_routing.nr(routing, routes.size());
      for (int i = 0; i < routes.size(); i++) {
        routes
            .get(i)
            .write(kvm_irq_routing_entry.asSlice(routing.asSlice(kvm_irq_routing.sizeof()), i));
      }
      done(
          vm.unsafeIoctl(Kvm.KVM_SET_GSI_ROUTING(), routing),
          "KVM_SET_GSI_ROUTING",
          routes.toString());
    }
  }

  /** Each signal of the event fd is an edge on the line (KVM_IRQFD, api.rst 4.75). */
  public void connect(EventFd event, int gsi) {
    irqfd(event, null, gsi, 0);
  }

  /**
   * Each signal raises the line until the guest acknowledges it; then it is lowered, and {@code
   * acknowledged} is signalled (KVM_CAP_IRQFD_RESAMPLE).
   */
  public void connect(EventFd event, EventFd acknowledged, int gsi) {
    irqfd(event, acknowledged, gsi, Kvm.KVM_IRQFD_FLAG_RESAMPLE());
  }

  /** Ends what {@link #connect} began, at the latest when this returns. */
  public void disconnect(EventFd event, int gsi) {
    irqfd(event, null, gsi, Kvm.KVM_IRQFD_FLAG_DEASSIGN());
  }

  private void irqfd(EventFd event, @Nullable EventFd acknowledged, int gsi, int flags) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment irqfd = kvm_irqfd.allocate(scratch);
      kvm_irqfd.fd(irqfd, event.number());
      kvm_irqfd.gsi(irqfd, gsi);
      kvm_irqfd.flags(irqfd, flags);
      if (acknowledged != null) {
        kvm_irqfd.resamplefd(irqfd, acknowledged.number());
      }
      done(vm.unsafeIoctl(Kvm.KVM_IRQFD(), irqfd), "KVM_IRQFD", "gsi " + gsi + ", flags " + flags);
    }
  }

  private static void done(int result, String name, String arguments) {
    check(result, name, arguments);
  }
}
