// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.writers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.linux.writers.KernelModule.Area;
import dev.kvmpl.linux.writers.KernelModule.Section;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class WriterFinderTest {
  private static final long KERNEL = 0xffffffff81000100L;
  private static final long MEMCPY = 0xffffffff81000200L;
  private static final long POKE = 0xffffffff81000300L;
  private static final long OTHER = 0xffffffff81000400L;
  private static final long MODULE = 0xffffffffc0001000L;

  private final KernelModules modules = new KernelModules();
  private final WriterFinder writers = new WriterFinder(modules);

  WriterFinderTest() {
    writers.symbols(
        KernelSymbols.of(
            """
            ffffffff81000100 T commit_creds
            ffffffff81000200 T memcpy
            ffffffff81000300 t __text_poke
            ffffffff81000400 T schedule
            """
                .getBytes(StandardCharsets.US_ASCII)));
    come("disk", List.of(new Area(Section.TEXT, MODULE, MODULE + 0x1000)));
  }

  /** One that has its level. */
  private KernelModule come(String name, List<Area> areas) {
    KernelModule module = modules.come(name, areas);
    modules.associate(module.number());
    return module;
  }

  @Test
  void moduleWithoutALevel_isUnknownCode() {
    long code = MODULE + 0x20000;
    KernelModule net = modules.come("net", List.of(new Area(Section.TEXT, code, code + 0x1000)));
    assertEquals("unknown code", writers.find(code, 0).label());
    assertEquals("[net]+0x0", writers.find(code, 0).place());
    assertEquals(0, writers.driverAt(code));

    modules.associate(net.number());
    assertEquals("module net", writers.find(code, 0).label());
    assertEquals(net.number(), writers.driverAt(code));
  }

  @Test
  void addressInAModule_isTheModules() {
    Writer writer = writers.find(MODULE + 0x10, OTHER);

    assertEquals("module disk", writer.label());
    assertEquals(1, writer.module());
    assertEquals("[disk]+0x10", writer.place());
  }

  @Test
  void addressInTheImage_isTheKernels() {
    Writer writer = writers.find(KERNEL + 4, MODULE);

    assertEquals(Writer.Kind.KERNEL, writer.kind());
    assertEquals("commit_creds+0x4", writer.place());
  }

  @Test
  void copyForAModule_isTheModules() {
    Writer writer = writers.find(MEMCPY + 3, MODULE + 0x21);

    assertEquals("module disk", writer.label());
    assertEquals("[disk]+0x20 by memcpy+0x3", writer.place());
  }

  @Test
  void copyThatPatches_isPatching() {
    Writer writer = writers.find(MEMCPY + 3, POKE + 0x11);

    assertEquals(Writer.Kind.PATCHING, writer.kind());
    assertEquals("__text_poke+0x10 by memcpy+0x3", writer.place());
  }

  @Test
  void copyForTheKernel_isTheKernels() {
    assertEquals(Writer.Kind.KERNEL, writers.find(MEMCPY, OTHER + 5).kind());
  }

  @Test
  void patchingAsCaller_countsOnlyForCopies() {
    assertEquals(Writer.Kind.KERNEL, writers.find(OTHER, POKE).kind());
  }

  @Test
  void anythingElse_isUnknown() {
    assertEquals(Writer.Kind.UNKNOWN, writers.find(MODULE + 0x1000, 0).kind());
    assertEquals(Writer.Kind.UNKNOWN, writers.find(0x1000, 0).kind());
  }

  @Test
  void memoryOfAModulesStart_isNotItsAnyMoreOnceItHasStarted() {
    long init = MODULE + 0x10000;
    KernelModule net =
        come(
            "net",
            List.of(
                new Area(Section.TEXT, MODULE + 0x2000, MODULE + 0x3000),
                new Area(Section.INIT_TEXT, init, init + 0x1000)));
    assertEquals("module net", writers.find(init, 0).label());

    modules.started(net);
    come("usb", List.of(new Area(Section.INIT_TEXT, init, init + 0x1000)));

    assertEquals("module usb", writers.find(init, 0).label());
    assertEquals(net.number(), writers.find(MODULE + 0x2000, 0).module());
  }

  @Test
  void moduleThatHasGone_isUnknown_andItsNumberIsNotGivenAgain() {
    modules.go("disk");
    assertEquals(Writer.Kind.UNKNOWN, writers.find(MODULE, 0).kind());

    assertEquals(2, modules.come("disk", List.of()).number());
  }
}
