// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.Errno;
import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.kvm.host.UnusableHostException;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.tests.machine.OneFault.Call;
import dev.kvmpl.tests.machine.OneFault.Failed;
import dev.kvmpl.tests.support.Held;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every system call of a machine's life fails once, with each error that it can give: what comes of
 * it is one line that names it, the host is blamed for what is the host's and for nothing else, and
 * nothing is left behind.
 *
 * <p>{@code KVMPL_FAULTS=all} in the environment tries every call with every error, {@code each}
 * every call with one. Otherwise each call fails with one error, and the first of its kind with
 * every one.
 */
@RequiresKvm
class FailingCallsTest {
  private static final String FAULTS = Objects.toString(System.getenv("KVMPL_FAULTS"), "");

  private static final int EPERM = 1;
  private static final int ENOENT = 2;
  private static final int ESRCH = 3;
  private static final int EINTR = 4;
  private static final int EIO = 5;
  private static final int ENXIO = 6;
  private static final int E2BIG = 7;
  private static final int EBADF = 9;
  private static final int EAGAIN = 11;
  private static final int ENOMEM = 12;
  private static final int EACCES = 13;
  private static final int EFAULT = 14;
  private static final int EBUSY = 16;
  private static final int EEXIST = 17;
  private static final int ENODEV = 19;
  private static final int EINVAL = 22;
  private static final int ENFILE = 23;
  private static final int EMFILE = 24;
  private static final int ENOTTY = 25;
  private static final int EFBIG = 27;
  private static final int ENOSPC = 28;
  private static final int ENOSYS = 38;
  private static final int EOPNOTSUPP = 95;
  private static final int EDQUOT = 122;
  private static final int EHWPOISON = 133;

  /** By the manual pages, and for an ioctl what any function in KVM returns. */
  private static final Map<String, List<Integer>> ERRORS =
      Map.ofEntries(
          entry(
              "open",
              List.of(EMFILE, ENFILE, ENOMEM, EACCES, EPERM, ENOENT, ENODEV, ENXIO, EBUSY, EINTR)),
          entry(
              "ioctl",
              List.of(
                  ENOMEM,
                  EINVAL,
                  EBUSY,
                  EINTR,
                  EFAULT,
                  EPERM,
                  EACCES,
                  EIO,
                  EMFILE,
                  ENFILE,
                  ENOSPC,
                  ENOTTY,
                  EBADF,
                  E2BIG,
                  EEXIST,
                  EAGAIN,
                  ENODEV,
                  ENOENT,
                  ENXIO,
                  EOPNOTSUPP,
                  ENOSYS,
                  EHWPOISON)),
          entry(
              "memfd_create",
              List.of(EMFILE, ENFILE, ENOMEM, EPERM, EACCES, ENOSYS, EINVAL, EFAULT, EINTR)),
          entry("ftruncate", List.of(ENOSPC, ENOMEM, EFBIG, EDQUOT, EIO, EPERM, EINVAL, EINTR)),
          entry("mmap", List.of(ENOMEM, EAGAIN, EPERM, EACCES, ENFILE, ENODEV, EINVAL, EBADF)),
          entry("munmap", List.of(ENOMEM, EINVAL)),
          entry("mprotect", List.of(ENOMEM, EACCES, EINVAL, EINTR)),
          entry("close", List.of(EIO, EINTR, ENOSPC, EBADF)),
          entry("tgkill", List.of(EAGAIN, EPERM, ENOSYS, ESRCH, EINVAL)),
          entry("sched_setaffinity", List.of(EINVAL, EPERM, ESRCH, EFAULT)),
          entry("sched_getaffinity", List.of(EINVAL, EPERM, ESRCH, EFAULT)),
          entry("sigprocmask", List.of(EINVAL, EFAULT)),
          entry("sigtimedwait", List.of(EAGAIN, EINTR)));

  /** What says that the host is out of something, or does not have or give it. */
  private static final Set<Integer> HOSTS =
      Set.of(
          EPERM,
          EINTR,
          EIO,
          EAGAIN,
          ENOMEM,
          EACCES,
          EBUSY,
          ENODEV,
          ENFILE,
          EMFILE,
          ENOTTY,
          EFBIG,
          ENOSPC,
          ENOSYS,
          EOPNOTSUPP,
          EDQUOT,
          EHWPOISON);

  private static final Call RUN = new Call("ioctl", Kvm.KVM_RUN());
  private static final Call CREATE_VM = new Call("ioctl", Kvm.KVM_CREATE_VM());
  private static final Call API_VERSION = new Call("ioctl", Kvm.KVM_GET_API_VERSION());
  private static final Call TSC_KHZ = new Call("ioctl", Kvm.KVM_GET_TSC_KHZ());

  @AfterEach
  void noFaults() {
    Syscalls.inject(Syscalls.Faults.NONE);
  }

  /** What came of a life, in one line. */
  private sealed interface Ending {
    record Ran(RunResult result) implements Ending {}

    record HostCannot(String line) implements Ending {}

    record Broken(String line) implements Ending {}
  }

  /** Opens the device, runs a machine with drivers on two processors, and closes both. */
  private static Ending live(Syscalls.Faults faults) {
    return live(TestMachine.ENFORCEMENT, faults);
  }

  private static Ending live(EnforcementKind kind, Syscalls.Faults faults) {
    Syscalls.inject(faults);
    try (TestMachine machine =
        TestMachine.with()
            .enforcement(kind)
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L, RESTRICTED.start(), 8L, 2L)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL1, List.of(1), FREE + 0x2000, 8L, 3L)
            .build()) {
      return new Ending.Ran(machine.run());
    } catch (UnusableHostException e) {
      return new Ending.HostCannot(String.valueOf(e.getMessage()));
    } catch (SyscallException e) {
      String line = String.valueOf(e.getMessage());
      return e.isHosts() ? new Ending.HostCannot(line) : new Ending.Broken(line);
    } finally {
      Syscalls.inject(Syscalls.Faults.NONE);
    }
  }

  /** KVM_RUN does not fail with EINTR and EAGAIN: it has done its work by then. */
  private static List<Integer> errors(Call call) {
    return ERRORS.getOrDefault(call.name(), List.of()).stream()
        .filter(errno -> !call.equals(RUN) || (errno != EINTR && errno != EAGAIN))
        .toList();
  }

  /** Which calls to let fail, and each with which of its errors. */
  private static Map<Integer, Set<Integer>> plan(List<Call> calls) {
    Map<Integer, Set<Integer>> plan = new LinkedHashMap<>();
    Map<Call, Integer> seen = new HashMap<>();
    for (int nth = 0; nth < calls.size(); nth++) {
      List<Integer> errors = errors(calls.get(nth));
      Integer before = seen.merge(calls.get(nth), 1, Integer::sum);
      plan.put(
          nth,
          FAULTS.equals("all") || (before == 1 && !FAULTS.equals("each"))
              ? new LinkedHashSet<>(errors)
              : Set.of(errors.get(before % errors.size())));
    }
    return plan;
  }

  @ParameterizedTest
  @EnumSource
  void everyCallThatFails_isOneLine_andLeavesNothing(EnforcementKind kind) throws Exception {
    live(kind, Syscalls.Faults.NONE);
    OneFault noted = new OneFault(-1, call -> Optional.empty());
    assertEquals(Outcome.COMPLETED, outcome(live(kind, noted)));
    Set<String> calls = new HashSet<>(ERRORS.keySet());
    calls.removeIf(call -> call.equals("mprotect") && kind == EnforcementKind.SLOTS);
    assertEquals(calls, names(noted.made()));

    List<String> wrong = new ArrayList<>();
    for (Map.Entry<Integer, Set<Integer>> planned : plan(noted.made()).entrySet()) {
      for (int errno : planned.getValue()) {
        OneFault fault =
            new OneFault(
                planned.getKey(),
                call -> Optional.of(errno).filter(error -> errors(call).contains(error)));
        Ending ending = live(kind, fault);
        // Where threads took turns differently that call was another one, which knows no such
        // error.
        fault.failed().flatMap(failed -> wrong(failed, ending)).ifPresent(wrong::add);
        List<String> held = Held.left();
        assertEquals(List.of(), held, () -> "left by " + fault.failed());
      }
    }

    assertEquals("", String.join("\n", wrong));
    assertEquals(Outcome.COMPLETED, outcome(live(kind, Syscalls.Faults.NONE)));
  }

  /** Whether a signal makes this call fail with EINTR, which is not what the call is there for. */
  private static boolean isInterrupted(String call, long request) {
    return List.of("open", "ioctl", "memfd_create", "ftruncate", "mprotect").contains(call)
        && request != RUN.request();
  }

  @Test
  void callsThatSignalsInterruptAllTheTime_areMadeAgain() {
    AtomicInteger calls = new AtomicInteger();

    Ending ending =
        live(
            (call, request) ->
                isInterrupted(call, request) && calls.incrementAndGet() % 10 != 0 ? EINTR : 0);

    assertEquals(Outcome.COMPLETED, outcome(ending));
  }

  @Test
  void callThatSignalsInterruptForEver_isTheHosts() throws Exception {
    AtomicInteger calls = new AtomicInteger();

    Ending ending =
        live(
            (call, request) -> {
              if (request != CREATE_VM.request()) {
                return 0;
              }
              calls.incrementAndGet();
              return EINTR;
            });

    assertInstanceOf(Ending.HostCannot.class, ending);
    assertTrue(ending.toString().contains("KVM_CREATE_VM(): EINTR, interrupted by signals"));
    assertEquals(1000, calls.get());
    assertEquals(List.of(), Held.left());
  }

  /** As in a sandbox that prohibits to send signals: nobody could end it. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void guestThatCouldNotBeStopped_doesNotStart() throws Exception {
    Syscalls.inject((call, request) -> call.equals("tgkill") ? EPERM : 0);
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("loops"))
            .timeLimit(Duration.ofSeconds(1))
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.FAILED, result.outcome());
      assertTrue(result.message().startsWith("tgkill("), result.message());
      assertEquals(Map.of(), result.exits());
    }
    assertEquals(List.of(), Held.left());
  }

  /** What is wrong with what came of a failed call, empty if nothing is. */
  private static Optional<String> wrong(Failed failed, Ending ending) {
    String name = Errno.name(failed.errno());
    boolean right =
        switch (ending) {
          case Ending.Ran ran when ran.result().outcome() == Outcome.COMPLETED -> isMended(failed);
          case Ending.Ran ran ->
              (ran.result().outcome() == Outcome.FAILED && isLine(ran.result().message(), name))
                  || failed.equals(new Failed(RUN, EFAULT)); // an exit, which has its own name
          case Ending.HostCannot ignored when failed.errno() == EINTR -> false; // made again
          case Ending.HostCannot(String line) ->
              isLine(line, isOpen(failed) ? "/dev/kvm" : name) && isHosts(failed);
          case Ending.Broken(String line) -> isLine(line, name) && !isHosts(failed);
        };
    return right ? Optional.empty() : Optional.of(failed + " " + name + ": " + ending);
  }

  /** Whether a machine can do without, or tries again. A kick is one of many in the end. */
  private static boolean isMended(Failed failed) {
    Call call = failed.call();
    return failed.errno() == EINTR
        || failed.equals(new Failed(RUN, EFAULT)) // as if the memory had been opened since
        || call.equals(TSC_KHZ)
        || Set.of("close", "sigtimedwait", "tgkill", "sched_setaffinity", "sched_getaffinity")
            .contains(call.name());
  }

  private static boolean isOpen(Failed failed) {
    return failed.call().name().equals("open");
  }

  private static boolean isHosts(Failed failed) {
    return HOSTS.contains(failed.errno())
        || isOpen(failed)
        || failed.call().equals(CREATE_VM)
        || failed.equals(new Failed(API_VERSION, EINVAL)); // as of a device that is not KVM
  }

  private static boolean isLine(String text, String part) {
    return !text.contains("\n") && text.contains(part);
  }

  private static Set<String> names(List<Call> calls) {
    return calls.stream().map(Call::name).collect(Collectors.toSet());
  }

  private static Outcome outcome(Ending ending) {
    assertInstanceOf(Ending.Ran.class, ending, ending::toString);
    return ((Ending.Ran) ending).result().outcome();
  }
}
