// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.exits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.kvm.exit.OptInExit;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.linux.devices.AcpiPower;
import dev.kvmpl.linux.devices.PortDevice;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.script.ScriptedLinux;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.processors.Next;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.script.Exits;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LinuxExitsTest {
  private static final long VALIDATORS = MemoryLayout.PAYLOADS.of(Vmpl.VMPL0).request(0);

  private final ScriptedLinux linux = ScriptedLinux.booted(Policy.none(), 2);

  @AfterEach
  void close() {
    linux.close();
  }

  @Test
  void portOfADevice_isTheDevices() {
    List<Integer> written = new ArrayList<>();
    linux.ports.add(
        new PortDevice() {
          @Override
          public int read(int port) {
            return 0x42;
          }

          @Override
          public void write(int port, int value) {
            written.add(value);
          }
        },
        0x3f8,
        1);
    VcpuExit.Io in = Exits.in(0x3f8, 1);

    assertEquals(Next.RESUME, linux.exit(in));
    assertEquals(Next.RESUME, linux.exit(Exits.out(0x3f8, 1, 0x33)));

    assertEquals(0x42, in.data(0) & 0xff);
    assertEquals(List.of(0x33), written);
  }

  @Test
  void portWithoutADevice_readsOnes_andIsNoEnd() {
    VcpuExit.Io in = Exits.in(0xcf8, 4);

    assertEquals(Next.RESUME, linux.exit(in));
    assertEquals(Next.RESUME, linux.exit(Exits.out(0xcf8, 4, 1)));

    assertEquals(-1, in.data(0));
    assertEquals(Map.of(0xcf8, 2L), linux.ports.unknown());
    assertNull(linux.end.ending());
  }

  @Test
  void agentsPort_isTheAgents_forWholeWordsAlone() {
    assertEquals(Next.RESUME, linux.tell(7, 3, 0));
    linux.exit(Exits.out(0x5f0, 1, 7));
    linux.exit(Exits.in(0x5f0, 4));

    assertEquals(3, linux.side.agent().status().orElse(0));
    assertEquals(Map.of(0x5f0, 2L), linux.ports.unknown());
    assertEquals(List.of("finish"), linux.cpu(0).calls);
  }

  @Test
  void loadFromWhereNothingIs_readsOnes() {
    VcpuExit.Mmio load = Exits.load(0xfed00000L, 8);

    assertEquals(Next.RESUME, linux.exit(load));

    assertEquals(-1, load.data());
  }

  @Test
  void storeWhereNothingIsProtected_isNobodysBusiness() {
    long before = linux.memory().getLong(VALIDATORS);
    assertEquals(Next.RESUME, linux.exit(Exits.store(0xfed00000L, 8, 1)));
    assertEquals(Next.RESUME, linux.exit(Exits.store(VALIDATORS, 8, 1)));

    assertEquals("", linux.asked());
    assertEquals(before, linux.memory().getLong(VALIDATORS));
  }

  @Test
  void storeThatWasCaught_whereItIsOpenByNow_isDone() {
    try (ScriptedLinux alone = ScriptedLinux.booted(Policy.none(), 1)) {
      assertEquals(Next.RESUME, alone.exit(Exits.store(ScriptedLinux.TEXT, 8, 0x77)));

      assertEquals("", alone.asked());
      assertEquals(0x77, alone.memory().getLong(ScriptedLinux.TEXT));
    }
  }

  @Test
  void storeThatWasCaught_whereHalfOfItIsOpenByNow_isTheEnd() {
    linux.cpu(0).parts.add(Exits.store(VALIDATORS, 4, 1));

    assertEquals(Next.STOP, linux.exit(Exits.store(ScriptedLinux.TEXT, 4, 1)));

    assertEquals(0, linux.memory().getLong(ScriptedLinux.TEXT));
    assertTrue(linux.failure().startsWith("a store that begins where it may"), linux.failure());
  }

  @Test
  void acpiSleep_isTheEnd_forAllProcessors() {
    linux.ports.add(new AcpiPower(linux.end), AcpiPower.CONTROL, AcpiPower.CONTROL_LENGTH);

    assertEquals(Next.STOP, linux.exit(Exits.out(AcpiPower.CONTROL, 2, (5 << 2 | 1 << 5) << 8)));

    LinuxEnd.Ending ending = assertNotNullEnding();
    assertEquals(Outcome.COMPLETED, ending.outcome());
    assertEquals("", ending.message());
    assertEquals(Next.STOP, linux.exit(linux.vcpu(1), Exits.in(0x3f8, 1)));
  }

  private LinuxEnd.Ending assertNotNullEnding() {
    LinuxEnd.Ending ending = linux.end.ending();
    assertNotNull(ending);
    return ending;
  }

  @Test
  void tripleFault_isAReset() {
    assertEquals(Next.STOP, linux.exit(new VcpuExit.Shutdown()));

    assertEquals(Outcome.FAILED, assertNotNullEnding().outcome());
    assertTrue(linux.failure().startsWith("the guest started anew"), linux.failure());
  }

  private static List<VcpuExit> unexpected() {
    return List.of(
        Exits.failEntry(0x80000021L),
        Exits.emulation(0x0f, 0x0b),
        Exits.memoryFault(),
        new VcpuExit.Halt(),
        new VcpuExit.InterruptWindow(),
        Exits.readMsr(0x10),
        Exits.writeMsr(0x10, 1),
        new OptInExit.BusLock(),
        Exits.unsupported(4711));
  }

  @ParameterizedTest
  @MethodSource("unexpected")
  void exitThatNobodyExpects_isTheEnd_withItsPlace(VcpuExit exit) {
    linux.tellSymbols("ffffffff81008000 T start_kernel\n");
    linux.cpu(0).registers().rsp(0x1238);

    assertEquals(Next.STOP, linux.exit(exit));

    String failure = linux.failure();
    assertTrue(failure.startsWith("KVM_EXIT_" + exit.name()), failure);
    assertTrue(
        failure.endsWith("-vmpl1 at start_kernel+0x0, rip 0xffffffff81008000, rsp 0x1238"),
        failure);
  }

  @Test
  void eventThatIsDeliveredAlready_isNoEnd_butOnceForEachAccess() {
    assertEquals(Next.RESUME, linux.exit(Exits.delivery(0x1000, true)));
    linux.exit(Exits.in(0x80, 1));
    assertEquals(Next.RESUME, linux.exit(Exits.delivery(0x1000, true)));
    assertEquals(Next.STOP, linux.exit(Exits.delivery(0x1000, true)));

    assertTrue(linux.failure().startsWith("KVM_EXIT_"), linux.failure());
  }

  @Test
  void eventThatCannotBeDelivered_isTheEnd() {
    linux.cpu(0).deliversEvent = true;

    assertEquals(Next.STOP, linux.exit(Exits.delivery(0x1000, true)));
  }

  @Test
  void firstReason_counts() {
    linux.exit(new VcpuExit.Shutdown());
    linux.end.failed("another");
    linux.end.powerOff();

    assertTrue(linux.failure().startsWith("the guest started anew"), linux.failure());
  }

  @Test
  void whatVmpl0CannotDo_isTheMachinesEnd() {
    assertEquals(Next.STOP, linux.validatorsExit(new VcpuExit.Shutdown()));

    assertEquals(Outcome.FAILED, assertNotNullEnding().outcome());
  }

  @Test
  void threadThatCrashes_endsTheMachine_withWhatHappened() {
    linux.exits.crashed(linux.vcpu(1), new IllegalStateException("odd"));

    assertEquals(
        "internal failure, please report it: java.lang.IllegalStateException: odd on "
            + linux.vcpu(1).name(),
        linux.failure());
  }

  @Test
  void callThatTheHostRefuses_endsTheMachine_withTheCall() {
    linux.exits.crashed(linux.vcpu(0), new SyscallException("KVM_RUN", "", 14));

    assertTrue(linux.failure().startsWith("KVM_RUN"), linux.failure());
  }

  /** As when somebody else's thread locks or unlocks: nothing may be half closed and go on. */
  @Test
  void changeOfSlotsThatTheHostRefuses_endsTheMachine_withTheCall() {
    linux.exits.protect(
        () -> {
          throw new SyscallException("KVM_SET_USER_MEMORY_REGION", "", 12);
        });

    assertTrue(linux.failure().startsWith("KVM_SET_USER_MEMORY_REGION"), linux.failure());
  }
}
