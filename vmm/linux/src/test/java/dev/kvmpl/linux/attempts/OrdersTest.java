// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.attempts;

import static dev.kvmpl.linux.script.ScriptedLinux.COMMIT_CREDS;
import static dev.kvmpl.linux.script.ScriptedLinux.DISK;
import static dev.kvmpl.linux.script.ScriptedLinux.DISK_DATA;
import static dev.kvmpl.linux.script.ScriptedLinux.DISK_TEXT;
import static dev.kvmpl.linux.script.ScriptedLinux.IMAGE;
import static dev.kvmpl.linux.script.ScriptedLinux.MODULES;
import static dev.kvmpl.linux.script.ScriptedLinux.RODATA;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.exit.OptInExit;
import dev.kvmpl.linux.agent.Agent;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.script.ScriptedLinux;
import dev.kvmpl.linux.writers.KernelModule.Section;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.processors.Next;
import dev.kvmpl.protocol.stores.StoreAnswer;
import dev.kvmpl.script.Exits;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Threads of a kernel that store, are told, ask or do not, by the right place or another, while
 * modules come and go, memory is opened and closed, and somebody misuses the agent's port. Each
 * store has data of its own: a word that changes has to be that of one store that VMPL0 has allowed
 * since anything was changed, or to be open.
 */
class OrdersTest {
  private static final int SEEDS = Integer.getInteger("kvmpl.orders", 60);
  private static final int STEPS = 80;
  private static final List<StoreAnswer> ANSWERS = List.of(StoreAnswer.values());
  private static final long LOW = 0xffffffffL;
  private static final int[] MOV_TO_RAX = {0x48, 0x89, 0x18}; // mov %rbx, (%rax)
  private static final long STACKS = 0x2a0000;
  private static final long NET_TEXT = 0x1020000;
  private static final long NET_DATA = 0x1024000;
  private static final long CROSSING = RODATA + 0x1000 - 4;
  private static final long[] WORDS = {RODATA + 8, RODATA + 0x1008, CROSSING, DISK_DATA + 8};
  private static final List<Protected> PROTECTS =
      List.of(
          new Protected.OfRange(PageRange.ofPages(0x1004, 0x1005)),
          new Protected.OfRange(PageRange.ofPages(0x1005, 0x1006)),
          new Protected.OfModule(DISK, Set.of(Section.DATA)));

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void nothingIsStored_thatWasNotAllowedAsItIsStored_andNothingTwice(int part) {
    for (int seed = part; seed < 5 * SEEDS; seed += 5) {
      Order order = new Order(seed);
      try (order.linux) {
        order.run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + order.done, e);
      }
    }
  }

  /** A store of a thread's, which it is at or behind. */
  private record Store(
      int thread, long instruction, int module, boolean waits, long gpa, long data) {}

  /** What VMPL0 has said yes to. */
  private record Allowed(long gpa, long data) {}

  private static final class Order {
    final ScriptedLinux linux = ScriptedLinux.detecting(new Policy(PROTECTS, List.of()));
    final List<String> done = new ArrayList<>();
    private final Random random;
    private final Store[] stores = new Store[3]; // by thread: what it is told of, or allowed
    private final Map<Long, Store> all = new HashMap<>(); // by either half of their data
    private final Map<Long, Long> memory = new HashMap<>();
    private final List<Allowed> allowed = new ArrayList<>();
    private final Set<Long> opened = new HashSet<>(); // pages, by VMPL0
    private final Set<Long> stored = new HashSet<>();
    private int disk = 1;
    private int net;
    private int last = 1;
    private long data = 1;
    private int running; // the thread

    Order(int seed) {
      random = new Random(seed);
      for (long word : WORDS) {
        memory.put(word, 0L);
        linux.cpu(0).map(MODULES + (word & -0x1000), word & -0x1000);
      }
      linux.cpu(0).map(MODULES + CROSSING + 4, CROSSING + 4);
      linux.cpu(0).whenRun = this::execute;
    }

    void run() {
      for (int i = 0; i < STEPS && linux.end.ending() == null; i++) {
        running = random.nextInt(stores.length);
        switch (random.nextInt(10)) {
          case 0, 1, 2 -> store();
          case 3, 4, 5 -> ask(stack(running));
          case 6 -> ask(stack(random.nextInt(stores.length)) + 8L * random.nextInt(2));
          case 7 -> back();
          case 8 -> change();
          default -> misuse();
        }
        check();
      }
      if (linux.end.ending() != null) {
        assertFalse(linux.failure().isEmpty());
        assertFalse(linux.failure().contains("\n"), linux.failure());
        assertFalse(linux.failure().contains("internal"), linux.failure());
      }
    }

    private static long stack(int thread) {
      return STACKS + 0x400L * thread;
    }

    /** A new store, whatever became of the thread's last one. */
    private void store() {
      int module = random.nextInt(4) == 0 ? net : disk;
      long text = module == 0 ? COMMIT_CREDS : module == disk ? DISK_TEXT : NET_TEXT;
      boolean waits = module != 0 && random.nextBoolean();
      long gpa = waits ? WORDS[random.nextInt(4)] : WORDS[random.nextInt(2) * 3];
      long at = (module == 0 ? IMAGE : MODULES) + text + 0x20L * (1 + random.nextInt(2));
      stores[running] = new Store(running, at, module, waits, gpa, data | data << 32);
      all.put(data++, stores[running]);
      perform();
    }

    /** The thread goes on where it waits, as Linux does when what was asked about is allowed. */
    private void back() {
      Store store = stores[running];
      if (store != null && store.waits) {
        int module = store.instruction < MODULES + NET_TEXT ? disk : net; // that is there by now
        stores[running] =
            new Store(running, store.instruction, module, true, store.gpa, store.data);
        all.put(store.data & LOW, stores[running]);
        perform();
      }
    }

    private void perform() {
      Store store = stores[running];
      done.add("thread " + running + " " + store);
      int offset = store.waits ? 0 : MOV_TO_RAX.length;
      linux.at(store.instruction & 0x3fffffff, store.instruction + offset, MOV_TO_RAX);
      linux.cpu(0).registers().rsp(stack(running));
      linux.cpu(0).registers().rax(MODULES + store.gpa);
      linux.cpu(0).registers().rbx(store.data);
      if (store.waits && isOpen(store)) {
        stores[running] = null; // there is no exit
        return;
      }
      linux.cpu(0).runs.clear();
      linux.cpu(0).runs.add(new OptInExit.Debug(MemorySegment.ofArray(new long[512])));
      answer(linux.exit(store.waits ? Exits.memoryFault() : Exits.store(store.gpa, 8, store.data)));
    }

    private boolean isOpen(Store store) {
      return linux.isOpen(store.gpa) && linux.isOpen(store.gpa + 7);
    }

    /** The CPU executes what a thread waits at. */
    private void execute() {
      Store store = stores[running];
      checkAllowed(store.gpa, store.data);
      linux.memory().putLong(store.gpa, store.data);
      memory.put(store.gpa, store.data);
      stored.add(store.data);
    }

    private void ask(long stack) {
      Store store = stores[running];
      if (store == null) {
        return;
      }
      long rip = store.instruction + (store.waits ? 0 : MOV_TO_RAX.length);
      done.add("asks " + Long.toHexString(rip) + " on " + Long.toHexString(stack));
      linux.behind(IMAGE + COMMIT_CREDS + 0x80, 0);
      Next next = linux.tell(Abi.KVMPL_AGENT_DETECTED(), rip, stack);
      if (next == Next.TAKE_TURNS) {
        assertEquals(stack(asked(linux.asked().split(" ", -1)).thread), stack, "whose");
      }
      answer(next);
    }

    /** VMPL0 answers all that it is asked, and Linux does something meanwhile. */
    private void answer(Next next) {
      Next now = next;
      for (int i = 0; now == Next.TAKE_TURNS && linux.turn(0) == 0; i++) {
        assertTrue(i < 50, "VMPL0 is asked for ever");
        String[] asked = linux.asked().split(" ", -1);
        long gpa = Long.decode(asked[2]);
        int length = Integer.parseInt(asked[3]);
        long value = Long.parseUnsignedLong(asked[4].substring(2), 16);
        Store store = asked(asked);
        assertFalse(!store.waits && stored.contains(store.data), "it is stored");
        int offset = (int) (gpa - store.gpa);
        long mask = length == 8 ? -1 : (1L << (8 * length)) - 1;
        assertEquals((store.data >>> (8 * offset)) & mask, value, "data");
        assertEquals(isThere(store.module) ? store.module : 0, Integer.parseInt(asked[0]), "who");
        if (i < 3 && random.nextInt(4) == 0) {
          change();
        }
        StoreAnswer answer = ANSWERS.get(random.nextInt(ANSWERS.size()));
        done.add(answer + " to " + String.join(" ", asked));
        if (answer.stores()) {
          allowed.add(new Allowed(gpa, value));
        }
        if (answer == StoreAnswer.OPEN && !linux.isOpen(gpa)) {
          linux.adjust(gpa & -0x1000);
          opened.add(gpa & -0x1000);
        }
        now = linux.answer(answer);
      }
    }

    private Store asked(String[] asked) {
      return by(Long.parseUnsignedLong(asked[4].substring(2), 16));
    }

    private Store by(long value) {
      return Objects.requireNonNull(all.get(value & LOW));
    }

    private boolean isThere(int module) {
      return module == 0 || module == disk || module == net;
    }

    private void change() {
      int which = random.nextInt(6);
      allowed.removeIf(one -> which < 5 || by(one.data).module == net);
      done.add("change " + which);
      switch (which) {
        case 0, 1 -> linux.side.protection().unlock(PROTECTS.get(which).label());
        case 2, 3 -> {
          linux.side.protection().lock(PROTECTS.get(which - 2).label());
          opened.remove(RODATA + 0x1000L * (which - 2));
        }
        case 4 -> disk = comeOrGo(DISK, disk, DISK_TEXT, DISK_DATA);
        default -> net = comeOrGo("net", net, NET_TEXT, NET_DATA);
      }
    }

    private int comeOrGo(String name, int number, long text, long its) {
      long rax = linux.cpu(0).registers().rax();
      long rbx = linux.cpu(0).registers().rbx();
      long rcx = linux.cpu(0).registers().rcx();
      int now = 0;
      if (number != 0) {
        linux.tellModule(Abi.KVMPL_AGENT_GOING(), name, text, its);
      } else {
        linux.load(name, text, its);
        opened.remove(its);
        now = ++last;
      }
      linux.cpu(0).registers().rax(rax);
      linux.cpu(0).registers().rbx(rbx);
      linux.cpu(0).registers().rcx(rcx);
      return now;
    }

    /** Any code of the kernel's can do this. */
    private void misuse() {
      int what = random.nextInt(20);
      if (what == Abi.KVMPL_AGENT_COMING()
          || what == Abi.KVMPL_AGENT_LIVE()
          || what == Abi.KVMPL_AGENT_GOING()) {
        what = Abi.KVMPL_AGENT_CAUGHT();
      }
      long rbx = random.nextBoolean() ? random.nextInt(8) : random.nextLong();
      done.add("misuse " + what + " " + rbx);
      linux.cpu(0).registers().rbx(rbx);
      linux.cpu(0).registers().rcx(random.nextBoolean() ? 1 : random.nextLong());
      assertEquals(Next.RESUME, linux.exit(Exits.out(Agent.PORT, Integer.BYTES, what)));
      assertEquals("", linux.asked());
    }

    /** What has changed in memory since the last look. */
    private void check() {
      for (long word : WORDS) {
        long value = linux.memory().getLong(word);
        if (value != memory.put(word, value)) {
          assertTrue(stored.add(value), "stored twice: " + Long.toHexString(value));
          checkAllowed(word, value);
        }
      }
    }

    private void checkAllowed(long word, long value) {
      Set<Allowed> parts =
          word == CROSSING
              ? Set.of(new Allowed(word, value & LOW), new Allowed(word + 4, value >>> 32))
              : Set.of(new Allowed(word, value));
      for (Allowed one : parts) {
        boolean yes = allowed.remove(one);
        assertTrue(yes || isOpenFor(one), "nobody has allowed " + one + ", but " + allowed);
      }
    }

    /** Open, and not just for the step. */
    private boolean isOpenFor(Allowed one) {
      return linux.side.what(one.gpa).isEmpty() || opened.contains(one.gpa & -0x1000);
    }
  }
}
