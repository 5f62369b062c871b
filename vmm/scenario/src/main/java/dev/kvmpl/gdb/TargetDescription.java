// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.gdb;

/** What registers there are, in the order of the 'g' packet: GDB's org.gnu.gdb.i386.core. */
final class TargetDescription {
  private static final String[] GENERAL = {
    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15"
  };
  private static final String[] SEGMENTS = {"cs", "ss", "ds", "es", "fs", "gs"};
  private static final String[] FPU = {
    "fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop"
  };

  private TargetDescription() {}

  static String xml() {
    StringBuilder xml =
        new StringBuilder(
            "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target>"
                + "<architecture>i386:x86-64</architecture>"
                + "<feature name=\"org.gnu.gdb.i386.core\">");
    for (String name : GENERAL) {
      String type = name.equals("rbp") || name.equals("rsp") ? "data_ptr" : "int64";
      register(xml, name, 64, type);
    }
    register(xml, "rip", 64, "code_ptr");
    register(xml, "eflags", 32, "int32");
    for (String name : SEGMENTS) {
      register(xml, name, 32, "int32");
    }
    for (int i = 0; i < 8; i++) {
      register(xml, "st" + i, 80, "i387_ext");
    }
    for (String name : FPU) {
      register(xml, name, 32, "int");
    }
    return xml.append("</feature></target>").toString();
  }

  private static void register(StringBuilder xml, String name, int bits, String type) {
    xml.append("<reg name=\"")
        .append(name)
        .append("\" bitsize=\"")
        .append(bits)
        .append("\" type=\"")
        .append(type)
        .append("\"/>");
  }
}
