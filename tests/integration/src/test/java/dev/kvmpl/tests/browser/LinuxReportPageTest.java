// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.linux.LinuxResult;
import dev.kvmpl.linux.observe.Attempt;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.writers.Writer;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.LaunchedMachine;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.stores.StoreAnswer;
import dev.kvmpl.report.page.HtmlReport;
import dev.kvmpl.scenario.linux.LinuxFiles;
import dev.kvmpl.scenario.linux.LinuxRun;
import dev.kvmpl.scenario.linux.LinuxScenario;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.tests.support.RequiresProgram;
import dev.kvmpl.timeline.Timeline;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of a Linux guest's run, which is made up here. */
@RequiresProgram("chromium")
@Tag("subprocess")
@Tag("needs-browser")
class LinuxReportPageTest {
  private static final long MEMORY = 32 << 20;
  private static final long TABLE = 0x1004000;

  private static WatchedVcpu vcpu(int number, Vmpl level) {
    return new WatchedVcpu(number, "vcpu" + number, level, 0, 0, 0, 0, new NoCpu());
  }

  private static Attempt attempt(Writer writer, long gpa, StoreAnswer answer, Verdict verdict) {
    return new Attempt(
        5_000,
        0,
        writer,
        "insmod",
        "kernel-rodata",
        "sys_call_table+0x8",
        gpa,
        8,
        0x5a,
        1,
        answer,
        verdict);
  }

  private static LinuxRun run() {
    Writer disk = new Writer(Writer.Kind.MODULE, 3, "disk", "[disk]+0x20");
    Writer patching = new Writer(Writer.Kind.PATCHING, 0, "", "__text_poke+0x10");
    TreeMap<String, Long> exits = new TreeMap<>();
    exits.put("MMIO", 2L);
    LinuxResult result =
        new LinuxResult(
            Outcome.COMPLETED,
            "",
            Instant.EPOCH,
            3_600_000_000_000L, // what is closed below is within it
            true,
            OptionalInt.of(0),
            List.of(
                attempt(patching, TABLE, StoreAnswer.STORE, Verdict.ALLOWED),
                attempt(disk, TABLE + 8, StoreAnswer.GP, Verdict.RESTRICTED)),
            0,
            new TreeMap<>(),
            exits,
            List.of(
                new StepEvent(4_000, Step.EXIT1, -1, 0, 0, 3, 0, TABLE + 8, 8, 0x5a, 0),
                new StepEvent(4_500, Step.RESTRICTED, 0, 0, 1, 3, 0, TABLE + 8, 8, 0x5a, 0),
                new StepEvent(5_000, Step.ERROR, -1, 0, 0, 3, 0, TABLE + 8, 8, 0x5a, 0)),
            0,
            List.of(new Rmp.Run(new PageRange(0x1000000, MEMORY), PagePermissions.ALL)),
            List.of(),
            List.of(),
            List.of());
    LinuxScenario scenario =
        new LinuxScenario(
            LinuxFiles.validator(),
            EnforcementKind.MAPPING,
            Detection.TRAP,
            new Policy(List.of(new Protected.KernelRodata()), List.of()),
            List.of(),
            "",
            List.of());
    return LinuxRun.of("protect.yaml", scenario, MEMORY, result);
  }

  private static Timeline timeline(GuestMemory memory) {
    Timeline timeline = new Timeline();
    WatchedVcpu linux = vcpu(0, Vmpl.VMPL1);
    timeline.launched(
        new LaunchedMachine(
            System.nanoTime(),
            memory,
            new Rmp(PageRange.pageOf(memory.size())),
            List.of(linux, vcpu(1, Vmpl.VMPL0)),
            List.of(),
            () -> {},
            () -> {}));
    timeline.handedOver(0, 1);
    timeline.exit(linux, 0, new VcpuExit.Shutdown());
    timeline.permitted(linux, Vmpl.VMPL1, TABLE, 0x1000, PagePermissions.READ_EXECUTE);
    return timeline;
  }

  @Test
  void page_hasWhoStored_whatBecameOfIt_andWhatWasClosed(@TempDir Path folder) throws Exception {
    Path page = folder.resolve("report.html");
    try (GuestMemory memory = GuestMemory.allocate(MEMORY);
        OutputStream out = Files.newOutputStream(page)) {
      HtmlReport.write(Host.detect(), run(), timeline(memory), out);
    }

    try (Browser browser = new Browser(page, 1200, 900)) {
      assertEquals("protect.yaml", browser.text("h1"));
      assertTrue(browser.text("#facts").contains("enforcement mapping"), browser.text("#facts"));
      assertEquals(
          "[\"VMPL0 vcpu1\",\"VMM\",\"VMPL1 vcpu0\"]",
          browser.evaluate("lanes.map(lane => lane.name)").toString());
      String verdicts = browser.text("#operations");
      assertTrue(verdicts.contains("kernel-patching") && verdicts.contains("allowed"), verdicts);
      assertTrue(verdicts.contains("module disk") && verdicts.contains("restricted"), verdicts);
      assertTrue(verdicts.contains("sys_call_table+0x8 (kernel-rodata) insmod"), verdicts);
      assertTrue(browser.text("#steps").contains("EXIT1"), browser.text("#steps"));
      assertTrue(browser.text("#writers").contains("module disk"), browser.text("#writers"));
      browser.evaluate("document.getElementById('after').click()");
      browser.drawn();
      String ranges = browser.evaluate("document.getElementById('ranges').textContent").asText();
      assertTrue(ranges.contains("0x1004000"), ranges);
      assertEquals(List.of(), browser.complaints());
    }
  }
}
