// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.orders;

import static dev.kvmpl.script.ScriptedMachine.KERNEL;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_request;
import dev.kvmpl.drivers.Association;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.orders.Model.Life;
import dev.kvmpl.orders.Model.Place;
import dev.kvmpl.orders.Orders.Step;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.script.Exits;
import dev.kvmpl.script.ScriptedMachine;
import dev.kvmpl.spec.GrantKind;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.List;

/**
 * A machine of four processors and its {@link Model}: both do each step, and are compared after it.
 * A vCPU that does not execute, because it is another's turn on its processor, does nothing.
 */
final class World implements AutoCloseable {
  /** A driver of VMPL1 that stays loaded. */
  static final int FIRST = 1;

  private static final int SECOND = 2;
  private static final int READ_WRITE = PagePermissions.READ | PagePermissions.WRITE;
  private static final List<Vmpl> LEVELS = List.of(Vmpl.VMPL1, Vmpl.VMPL2, Vmpl.VMPL3);
  private static final int PAGE = PageRange.pageOf(KERNEL);

  private final ScriptedMachine machine;
  private final Model model;

  /** Nobody has a vCPU yet, or the grant that {@code grantee} is going to have. */
  World(int grantee, GrantKind grant) {
    machine =
        ScriptedMachine.with()
            .processors(Model.PROCESSORS)
            .vmpl1Everywhere()
            .grant(grant)
            .build()
            .launch();
    model = new Model(grantee);
  }

  /**
   * A driver of VMPL1 on one processor, which is granted the page, and one of VMPL2 on the last.
   */
  static List<Step> driversOnTwo() {
    return List.of(
        creates(FIRST, Vmpl.VMPL1, 1),
        answers(1, Vmpl.VMPL1),
        creates(SECOND, Vmpl.VMPL2, 3),
        answers(3, Vmpl.VMPL2),
        grants(0, Vmpl.VMPL1));
  }

  /** The same, with that of VMPL1 on two processors. */
  static List<Step> driversOnThree(int grantee) {
    List<Step> steps = new ArrayList<>();
    for (int apicId = 1; apicId <= 2; apicId++) {
      steps.add(creates(grantee, Vmpl.VMPL1, apicId));
      steps.add(answers(apicId, Vmpl.VMPL1));
    }
    steps.add(creates(SECOND, Vmpl.VMPL2, 3));
    steps.add(answers(3, Vmpl.VMPL2));
    steps.add(grants(0, Vmpl.VMPL1));
    return steps;
  }

  /** A level hands down what it has of the page, or as much as it is let. */
  static Step passesOn(Vmpl by, int apicId, Vmpl target) {
    return world -> world.adjust(by, apicId, target, READ_WRITE);
  }

  /** VMPL0 takes the grant from a level. */
  static Step closes(int apicId, Vmpl target) {
    return world -> world.adjust(Vmpl.VMPL0, apicId, target, Model.BEFORE);
  }

  /** VMPL0 opens the page to a level. */
  static Step grants(int apicId, Vmpl target) {
    return world -> world.adjust(Vmpl.VMPL0, apicId, target, READ_WRITE);
  }

  /** VMPL0 validates the page, or rescinds its validation. */
  static Step validates(int apicId, boolean valid) {
    return world -> world.validate(apicId, valid);
  }

  /** The guest kernel asks for a driver's vCPU. */
  static Step creates(int driver, Vmpl level, int apicId) {
    return world -> world.create(driver, level, apicId);
  }

  /** The guest kernel takes a vCPU. */
  static Step takes(Vmpl level, int apicId) {
    return world -> world.take(level, apicId);
  }

  /** A driver's next exit, if nothing else: the kick. */
  static Step exits(Vmpl level, int apicId) {
    return world -> world.exit(level, apicId);
  }

  /** A driver gives its vCPU back. */
  static Step givesBack(Vmpl level, int apicId) {
    return world -> world.giveBack(level, apicId);
  }

  /** VMPL0 says what it has been asked for is done. */
  static Step answers(int apicId, Vmpl level) {
    return world -> world.answer(apicId, level, Abi.SVSM_SUCCESS());
  }

  /** VMPL0 says that it will not. */
  static Step refuses(int apicId, Vmpl level) {
    return world -> world.answer(apicId, level, Abi.KVMPL_ERR_NO_PERMISSION());
  }

  private void adjust(Vmpl by, int apicId, Vmpl target, int wanted) {
    if (!model.executes(by, apicId)) {
      return;
    }
    LevelVcpu vcpu = machine.vcpu(by, apicId);
    if (isLeaving(by, apicId)) {
      machine.adjust(vcpu, KERNEL, target, wanted); // is dropped
    } else {
      boolean done = model.adjust(by, target, wanted);
      int answer = machine.adjust(vcpu, KERNEL, target, wanted);
      assertEquals(done, answer == Abi.RMP_OK(), "RMPADJUST");
    }
    compare();
  }

  /** Whether it was taken: then whatever exit comes is its last, and nothing is done about it. */
  private boolean isLeaving(Vmpl by, int apicId) {
    boolean taken = model.place(by, apicId).life() == Life.TAKEN;
    if (taken) {
      model.leave(by, apicId);
    }
    return taken;
  }

  private void validate(int apicId, boolean valid) {
    if (!model.executes(Vmpl.VMPL0, apicId)) {
      return;
    }
    LevelVcpu vcpu = machine.vcpu(Vmpl.VMPL0, apicId);
    Registers registers = vcpu.cpu().registers();
    registers.rax(KERNEL);
    registers.rcx(0);
    registers.rdx(valid ? 1 : 0);
    VcpuExit.Io in = Exits.in(Abi.KVMPL_PORT_PVALIDATE(), 4);
    machine.exit(vcpu, in);
    boolean changed = model.validate(valid);
    assertEquals(
        changed ? Abi.RMP_OK() : Abi.RMP_OK() | Abi.KVMPL_RMP_CARRY(), in.data(0), "PVALIDATE");
    compare();
  }

  private void create(int driver, Vmpl level, int apicId) {
    if (!model.executes(Vmpl.VMPL1, 0)) {
      return;
    }
    boolean possible = model.create(driver, level, apicId);
    machine.create(driver, level, apicId);
    assertResult(possible);
    if (possible) {
      assertEquals(Abi.KVMPL_REQUEST_ASSOCIATE(), machine.kind(apicId));
    }
    compare();
  }

  private void take(Vmpl level, int apicId) {
    if (!model.executes(Vmpl.VMPL1, 0)) {
      return;
    }
    boolean possible = model.take(level, apicId);
    machine.event(
        machine.kernel(),
        Abi.GHCB_NAE_SNP_AP_CREATION(),
        Exits.request(Abi.GHCB_AP_DESTROY(), level, apicId),
        0);
    assertResult(possible);
    compare();
  }

  private void assertResult(boolean ok) {
    int expected = ok ? Abi.GHCB_RESULT_OK() : Abi.GHCB_RESULT_MALFORMED();
    assertEquals(expected, machine.ghcb(machine.kernel()).exitInfo1());
  }

  private void exit(Vmpl level, int apicId) {
    if (model.executes(level, apicId)) {
      isLeaving(level, apicId);
      machine.exit(machine.vcpu(level, apicId), new VcpuExit.Interrupted());
      compare();
    }
  }

  private void giveBack(Vmpl level, int apicId) {
    if (model.executes(level, apicId)) {
      model.leave(level, apicId);
      machine.giveBack(machine.vcpu(level, apicId));
      compare();
    }
  }

  private void answer(int apicId, Vmpl level, int result) {
    Life asked = model.place(level, apicId).life();
    if (model.executes(Vmpl.VMPL0, apicId) && (asked == Life.ANNOUNCED || asked == Life.LEFT)) {
      model.answer(level, apicId, result == Abi.SVSM_SUCCESS());
      machine.answer(apicId, result);
      compare();
      LevelVcpu vcpu = machine.vcpu(level, apicId);
      if (model.executes(level, apicId) && vcpu.usableGhcb(machine.permissions().rmp()) == null) {
        machine.register(vcpu);
      }
    }
  }

  /** The machine is what its model is. */
  private void compare() {
    assertEquals(model.hasEnded(), machine.dispatcher().ending() != null, "ended");
    if (model.hasEnded()) {
      return;
    }
    assertEquals(model.isValidated(), machine.permissions().rmp().isValidated(PAGE), "validated");
    for (Vmpl level : LEVELS) {
      assertEquals(
          model.permissions(level),
          machine.permissions().rmp().permissions(PAGE, level),
          () -> "database: " + level);
      assertBound(level);
      for (int apicId = 1; apicId < Model.PROCESSORS; apicId++) {
        LevelVcpu vcpu = machine.vcpu(level, apicId);
        Place place = model.place(level, apicId);
        assertEquals(place, place(machine.drivers().of(vcpu)), vcpu::name);
        if (place.life() == Life.LEFT) {
          assertTold(apicId, place.driver());
        }
      }
    }
    for (int apicId = 0; apicId < Model.PROCESSORS; apicId++) {
      assertEquals(model.turn(apicId), machine.turn(apicId), "turn on processor " + apicId);
    }
  }

  /** What binds is what the database says, or, where it is behind, what it was before the grant. */
  private void assertBound(Vmpl level) {
    boolean behind = machine.bound(level).nextBehind(PAGE) == PAGE;
    int expected = behind ? Model.BEFORE : model.access(level);
    assertEquals(expected, machine.bound(level).access(PAGE), () -> "bound: " + level);
    if (behind) {
      assertEquals(READ_WRITE, model.access(level) & READ_WRITE, () -> "behind: " + level);
    }
  }

  /** VMPL0 was told of the dissociation, and whether the driver is unloaded. */
  private void assertTold(int apicId, int driver) {
    long page = MemoryLayout.PAYLOADS.of(Vmpl.VMPL0).request(apicId);
    long how = machine.memory().getLong(page + kvmpl_request.data$offset());
    assertEquals(Abi.KVMPL_REQUEST_DISSOCIATE(), machine.kind(apicId));
    assertEquals(driver, machine.memory().getInt(page + kvmpl_request.driver$offset()));
    assertEquals(driver == ScriptedMachine.ANOTHER, how == Abi.KVMPL_DISSOCIATE_UNLOAD());
  }

  private static Place place(Association association) {
    return switch (association) {
      case Association.Vacant ignored -> Place.VACANT;
      case Association.Announced announced -> new Place(Life.ANNOUNCED, announced.driver());
      case Association.Held held -> new Place(Life.HELD, held.driver());
      case Association.Taken taken -> new Place(Life.TAKEN, taken.driver());
      case Association.Left left -> new Place(Life.LEFT, left.driver());
    };
  }

  /** Every driver gives back what it has, VMPL0 says that it has closed what it has not. */
  void finish() {
    for (int apicId = 1; apicId < Model.PROCESSORS; apicId++) {
      for (Vmpl level : LEVELS) {
        answer(apicId, level, Abi.SVSM_SUCCESS());
        giveBack(level, apicId);
        answer(apicId, level, Abi.SVSM_SUCCESS());
      }
    }
  }

  /** Whether the machine has failed, because something was left. */
  boolean hasEnded() {
    return machine.dispatcher().ending() != null;
  }

  /** Whether a level can write what no driver has been granted any more. */
  boolean isAnythingLeft() {
    return LEVELS.stream()
        .anyMatch(level -> machine.permissions().allows(KERNEL, 8, level, PagePermissions.WRITE));
  }

  @Override
  public void close() {
    machine.close();
  }
}
