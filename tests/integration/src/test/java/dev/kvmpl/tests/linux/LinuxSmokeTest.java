// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.linux.observe.Attempt;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.stores.StoreAnswer;
import dev.kvmpl.tests.support.RequiresKvm;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One kernel, one processor, one refusal: what a slow software CPU has the time for. */
@RequiresKvm
class LinuxSmokeTest {
  @Test
  void modulesStoreToTheSystemCallTable_isRefused_andLinuxGoesOn() throws Exception {
    LinuxGuest.Ended ended =
        LinuxGuest.with(
                new Policy(
                    List.of(new Protected.KernelText(), new Protected.KernelRodata()), List.of()))
            .run(
                """
                insmod /modules/storer.ko target=$(ksym sys_call_table) how=1 last=0
                insmod /modules/victim.ko && echo another one works
                """);

    assertTrue(ended.says("another one works"), ended::toString);
    assertTrue(ended.result().isProtected(), ended::toString);
    Attempt last = ended.attempts().getLast();
    assertEquals("module storer", last.writer().label());
    assertEquals("kernel-rodata", last.what());
    assertEquals(StoreAnswer.GP, last.answer());
    assertEquals(Verdict.RESTRICTED, last.verdict());
  }
}
