// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.irq;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_IRQCHIP;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_IRQCHIP_PIC_MASTER;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_IRQCHIP_PIC_SLAVE;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_IRQCHIP;

import dev.kvmpl.bindings.kvm.kvm_irqchip;
import dev.kvmpl.bindings.kvm.kvm_pic_state;
import dev.kvmpl.kvm.fd.VmState;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/** One of the two 8259 controllers: struct kvm_pic_state (api.rst 4.26, 4.27). */
public final class Pic extends VmState {
  private final MemorySegment pic = kvm_irqchip.chip.pic(kvm_irqchip.chip(segment()));

  private Pic(int chip) {
    super("IRQCHIP", KVM_GET_IRQCHIP(), KVM_SET_IRQCHIP(), allocate(kvm_irqchip.layout()));
    kvm_irqchip.chip_id(segment(), chip);
  }

  /** That of IRQs 0 to 7. */
  public static Pic first() {
    return new Pic(KVM_IRQCHIP_PIC_MASTER());
  }

  /** That of IRQs 8 to 15. */
  public static Pic second() {
    return new Pic(KVM_IRQCHIP_PIC_SLAVE());
  }

  /** IRQs that wait, a bit each. */
  public int requested() {
    return Byte.toUnsignedInt(kvm_pic_state.irr(pic));
  }

  public void requested(int value) {
    kvm_pic_state.irr(pic, (byte) value);
  }

  /** IRQs that are kept from the CPU. */
  public int masked() {
    return Byte.toUnsignedInt(kvm_pic_state.imr(pic));
  }

  public void masked(int value) {
    kvm_pic_state.imr(pic, (byte) value);
  }

  /** IRQs that are being handled. */
  public int inService() {
    return Byte.toUnsignedInt(kvm_pic_state.isr(pic));
  }

  public void inService(int value) {
    kvm_pic_state.isr(pic, (byte) value);
  }

  /** Levels of the lines when last seen. */
  public int lastLevels() {
    return Byte.toUnsignedInt(kvm_pic_state.last_irr(pic));
  }

  public void lastLevels(int value) {
    kvm_pic_state.last_irr(pic, (byte) value);
  }

  /** The vector of the first IRQ. */
  public int vectorBase() {
    return Byte.toUnsignedInt(kvm_pic_state.irq_base(pic));
  }

  public void vectorBase(int value) {
    kvm_pic_state.irq_base(pic, (byte) value);
  }

  /** By how much priorities are rotated. */
  public int lowestPriority() {
    return Byte.toUnsignedInt(kvm_pic_state.priority_add(pic));
  }

  public void lowestPriority(int value) {
    kvm_pic_state.priority_add(pic, (byte) value);
  }

  public int readRegisterSelect() {
    return Byte.toUnsignedInt(kvm_pic_state.read_reg_select(pic));
  }

  public void readRegisterSelect(int value) {
    kvm_pic_state.read_reg_select(pic, (byte) value);
  }

  public boolean polls() {
    return kvm_pic_state.poll(pic) != 0;
  }

  public void polls(boolean value) {
    kvm_pic_state.poll(pic, (byte) (value ? 1 : 0));
  }

  public boolean specialMask() {
    return kvm_pic_state.special_mask(pic) != 0;
  }

  public void specialMask(boolean value) {
    kvm_pic_state.special_mask(pic, (byte) (value ? 1 : 0));
  }

  /** Which initialisation word comes next; 0 when it runs. */
  public int initState() {
    return Byte.toUnsignedInt(kvm_pic_state.init_state(pic));
  }

  public void initState(int value) {
    kvm_pic_state.init_state(pic, (byte) value);
  }

  public boolean autoEoi() {
    return kvm_pic_state.auto_eoi(pic) != 0;
  }

  public void autoEoi(boolean value) {
    kvm_pic_state.auto_eoi(pic, (byte) (value ? 1 : 0));
  }

  public boolean rotatesOnAutoEoi() {
    return kvm_pic_state.rotate_on_auto_eoi(pic) != 0;
  }

  public void rotatesOnAutoEoi(boolean value) {
    kvm_pic_state.rotate_on_auto_eoi(pic, (byte) (value ? 1 : 0));
  }

  public boolean specialFullyNested() {
    return kvm_pic_state.special_fully_nested_mode(pic) != 0;
  }

  public void specialFullyNested(boolean value) {
    kvm_pic_state.special_fully_nested_mode(pic, (byte) (value ? 1 : 0));
  }

  public boolean fourInitWords() {
    return kvm_pic_state.init4(pic) != 0;
  }

  public void fourInitWords(boolean value) {
    kvm_pic_state.init4(pic, (byte) (value ? 1 : 0));
  }

  /** IRQs that are triggered by level, a bit each (ELCR). */
  public int levelTriggered() {
    return Byte.toUnsignedInt(kvm_pic_state.elcr(pic));
  }

  public void levelTriggered(int value) {
    kvm_pic_state.elcr(pic, (byte) value);
  }

  /** Bits of {@link #levelTriggered} that can be set. */
  public int levelTriggerable() {
    return Byte.toUnsignedInt(kvm_pic_state.elcr_mask(pic));
  }

  public void levelTriggerable(int value) {
    kvm_pic_state.elcr_mask(pic, (byte) value);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "requested=%#x masked=%#x in service=%#x base=%#x level=%#x",
        requested(),
        masked(),
        inService(),
        vectorBase(),
        levelTriggered());
  }
}
