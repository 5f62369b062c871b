// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.linux.observe.Attempt;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.writers.KernelModule.Section;
import dev.kvmpl.linux.writers.Writer;
import dev.kvmpl.protocol.stores.StoreAnswer;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Much of what a Linux does in an hour, one after the other, under protection. */
@RequiresKvm
class LinuxWorkTest {
  private static final Policy POLICY =
      new Policy(
          List.of(
              new Protected.KernelText(),
              new Protected.KernelRodata(),
              new Protected.OfModule("bridge", Set.of(Section.TEXT, Section.RODATA)),
              new Protected.OfModule("loop", Set.of(Section.TEXT, Section.RODATA))),
          List.of());

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void ordinaryWork_goesAsWithoutProtection(int processors) throws Exception {
    LinuxGuest guest =
        LinuxGuest.with(POLICY).processors(processors).file("work.elf", Payloads.program("work"));
    List<String> modules = guest.kernelsModules();
    LinuxGuest.Ended ended =
        guest.run(
            """
            told=$(dmesg | wc -l)
            cp /modules/work.elf /tmp/work; chmod +x /tmp/work
            dd if=/dev/urandom of=/tmp/data bs=1024 count=256 2>/dev/null; sum=$(md5sum </tmp/data)
            storm() { i=0; while [ $i -lt 40 ]; do /bin/busybox true; i=$((i + 1)); done; }
            storm & storm & wait
            names="%1$s"; reversed=; for m in $names; do reversed="$m $reversed"; done
            for round in 1 2 3; do
              for m in $names; do insmod /modules/$m.ko || echo failed to load $m; done
              if [ $round = 1 ]; then
                ip link add type veth; ip link set veth0 up; ip link set veth1 up
                ip link add b0 type bridge; ip link set veth0 master b0; ip link set b0 up; ip link del b0; ip link del veth0
                losetup /dev/loop0 /tmp/data && losetup -d /dev/loop0 || echo failed to loop
                mkdir -p /tmp/l /tmp/u /tmp/w /tmp/m
                unshare -n -m sh -c 'ip link set lo up; ip link add d0 type dummy; ip link set d0 up; ip link | grep -c UP'
              fi
              for m in $reversed; do rmmod $m || echo failed to unload $m; done
              storm
            done
            /tmp/work 10
            mount -t tracefs t /sys/kernel/tracing && cd /sys/kernel/tracing
            for f in do_exit vfs_read __x64_sys_getpid; do echo "p:$f $f" >>kprobe_events; echo 1 >events/kprobes/$f/enable; done
            storm
            for f in do_exit vfs_read __x64_sys_getpid; do echo 0 >events/kprobes/$f/enable; done; echo >kprobe_events
            echo 'vfs_*' >set_ftrace_filter; echo function >current_tracer; storm; echo nop >current_tracer
            echo 1 >events/sched/enable; storm; echo 0 >events/sched/enable
            cd /; [ "$(md5sum </tmp/data)" = "$sum" ] && echo data is intact
            dmesg | tail -n +$((told + 1)) | grep -E 'BUG|Oops|WARNING|RIP:|general protection' | head -n 5
            echo all done
            """
                .formatted(String.join(" ", modules)));

    assertTrue(modules.size() >= 12, modules::toString);
    assertTrue(ended.says("all done"), ended::toString);
    assertTrue(ended.says("data is intact"), ended::toString);
    assertTrue(ended.says("work: namespaces 10 stamps 10 filters 10 events 10"), ended::toString);
    for (String sign :
        List.of("failed to", "BUG", "Oops", "WARNING:", "RIP:", "protection fault")) {
      assertFalse(ended.says(sign), ended::toString);
    }
    assertTrue(ended.attempts().size() > 100, ended::toString);
    for (Attempt attempt : ended.attempts()) {
      assertEquals(Writer.Kind.PATCHING, attempt.writer().kind(), ended::toString);
      assertEquals(StoreAnswer.STORE, attempt.answer(), ended::toString);
    }
  }
}
