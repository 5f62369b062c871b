// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.decode.MemoryInstruction;
import dev.kvmpl.decode.OperandDecoder;
import dev.kvmpl.tests.decode.Encoding.Space;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Encodings as binutils reads them: of those without VEX or EVEX that load and store nothing to the
 * same place, the decoder knows all but the ones named here. What it knows of the others is right.
 */
@Tag("needs-gcc")
class LoadFormsTest {
  private static final Pattern PREFIXES =
      Pattern.compile(
          "^((lock|rep|repn?z|xacquire|xrelease|bnd|notrack|data16|addr32|rex(\\.[A-Z]+)?|\\{evex\\}|[c-gs]s) +)*");
  private static final Pattern WIDTH =
      Pattern.compile("([A-Z]+) (?:PTR|BCST) (?:[a-z]s:)?\\[|()\\[|ds:0x");
  private static final Map<String, Integer> WIDTHS =
      Map.of(
          "BYTE", 1, "WORD", 2, "DWORD", 4, "QWORD", 8, "TBYTE", 10, "XMMWORD", 16, "OWORD", 16,
          "YMMWORD", 32, "ZMMWORD", 64);

  /** What has no width in Intel's syntax, or no operand in memory at all. */
  private static final Map<String, Integer> UNWRITTEN_WIDTHS =
      Map.ofEntries(
          Map.entry("ret", 8),
          Map.entry("leave", 8),
          Map.entry("leavew", 2),
          Map.entry("popf", 8),
          Map.entry("popfw", 2),
          Map.entry("lgdt", 10),
          Map.entry("lidt", 10),
          Map.entry("fxrstor", 512),
          Map.entry("fxrstor64", 512),
          Map.entry("fldenv", 28),
          Map.entry("fldenvw", 14),
          Map.entry("frstor", 108),
          Map.entry("frstorw", 94),
          Map.entry("xrstor", 0),
          Map.entry("xrstor64", 0),
          Map.entry("xrstors", 0),
          Map.entry("xrstors64", 0),
          Map.entry("lddqu", 16));

  /** What loads, and has the place as its first operand. */
  private static final Set<String> FIRST_OPERAND =
      Set.of(
          ("bt call clflush cmp div fadd fbld fcom fcomp fdiv fdivr fiadd ficom ficomp fidiv fidivr"
                  + " fild fimul fisub fisubr fld fldcw fldenv fldenvw fmul frstor frstorw fsub"
                  + " fsubr fxrstor fxrstor64 idiv imul jmp ldmxcsr lgdt lidt lldt lmsw ltr mul"
                  + " push test verr verw vldmxcsr xlat xrstor xrstor64 xrstors xrstors64")
              .split(" ", -1));

  /** What loads and is not among the forms. */
  private static final Set<String> UNKNOWN =
      Set.of(
          ("ldtilecfg lss lfs lgs vmptrld vmxon vmclear ptwrite clflushopt vmread vmwrite invept"
                  + " invvpid invpcid bound bndmov bndldx bndcl bndcu bndcn bndstx movdir64b enqcmd"
                  + " enqcmds aesenc128kl aesenc256kl aesdec128kl aesdec256kl vmovw wrssd gf2p8affineinvqb gf2p8affineqb gf2p8mulb")
              .split(" ", -1));

  /** What has a memory operand and does not access it. */
  private static final Set<String> NO_ACCESS =
      Set.of(
          ("lea nop ud0 ud1 invlpg prefetch prefetchw prefetchwt1 prefetchnta prefetcht0 prefetcht1"
                  + " prefetcht2 prefetchit0 prefetchit1 cldemote clwb bndmk (bad)")
              .split(" ", -1));

  private final OperandDecoder loads = OperandDecoder.ofLoads();
  private final OperandDecoder stores = OperandDecoder.ofStores();

  private static String name(Disassembly disassembly) {
    return PREFIXES.matcher(disassembly.text()).replaceFirst("").split(" ", 2)[0];
  }

  /** What binutils says, written as {@link #decoded} writes it; "none" if it loads nothing. */
  private static String published(Encoding encoding, Disassembly disassembly) {
    String text = PREFIXES.matcher(disassembly.text()).replaceFirst("");
    String name = name(disassembly);
    String[] operands = text.substring(name.length()).strip().split(",", -1);
    boolean narrow = encoding.prefix() == 0x66 && !encoding.wide();
    boolean undefined =
        text.contains("(bad)")
            || (encoding.prefix() != 0 && name.matches("f?xrstor.*|ldmxcsr|clflush"))
            || (encoding.prefix() == 0x66 && name.equals("movsxd")); // CPUs differ
    boolean far = text.matches("(call|jmp) .*F?WORD PTR.*") && !text.contains("QWORD");
    if (far && encoding.opcode() == 0xff && (encoding.group() & 1) == 1) {
      return "none"; // nor are these among the forms
    }
    if (undefined || NO_ACCESS.contains(name)) {
      return "none";
    }
    Integer width = UNWRITTEN_WIDTHS.get(name);
    if (name.equals("pop") || name.equals("popw")) {
      width = narrow ? 2 : 8;
    } else if (name.equals("movabs")) {
      width =
          encoding.opcode() == 0xa0
              ? Integer.valueOf(1)
              : encoding.opcode() != 0xa1 ? null : encoding.wide() ? 8 : narrow ? 2 : 4;
    } else if (name.equals("vlddqu")) {
      width = encoding.vectorLength() == 0 ? 16 : 32;
    } else if (width == null) {
      int first = FIRST_OPERAND.contains(name) ? 0 : 1;
      for (int i = first; i < operands.length; i++) {
        Matcher written = WIDTH.matcher(operands[i]);
        if (written.find() && written.group(1) != null) {
          width = WIDTHS.getOrDefault(written.group(1), -1);
        }
      }
    }
    return width == null ? "none" : disassembly.length() + " bytes, loads " + width;
  }

  private String decoded(byte[] code) {
    if (!loads.decode(code, 0, code.length)) {
      return "none";
    }
    MemoryInstruction found = loads.instruction();
    // Of an instruction that stores, too, that form has the length.
    int length = found.length();
    if (stores.decode(code, 0, code.length)) {
      length = Math.max(length, stores.instruction().length());
    }
    return length + " bytes, loads " + found.size();
  }

  private static boolean isLegacy(Encoding encoding) {
    return encoding.space() == Space.LEGACY && encoding.prefix() != 0xf0;
  }

  @Test
  void everyEncodingThatLoads_isDecoded_andNoOther(@TempDir Path folder) throws Exception {
    List<Encoding> encodings = new ArrayList<>();
    List<byte[]> codes = new ArrayList<>();
    Encoding.each(
        encoding -> {
          encodings.add(encoding);
          codes.add(encoding.bytes(true));
        });
    List<Disassembly> disassemblies = Disassembly.of(codes, folder);

    List<String> wrong = new ArrayList<>();
    int found = 0;
    for (int i = 0; i < codes.size(); i++) {
      String actual = decoded(codes.get(i));
      if (encodings.get(i).prefix() == 0xf0) {
        continue;
      }
      if (!actual.equals("none") || isLegacy(encodings.get(i))) {
        String expected = published(encodings.get(i), disassemblies.get(i));
        boolean leftOut = actual.equals("none") && UNKNOWN.contains(name(disassemblies.get(i)));
        if (!expected.equals(actual) && !leftOut) {
          wrong.add(shown(codes.get(i), disassemblies.get(i)) + expected + ", not " + actual);
        }
      }
      found += actual.equals("none") ? 0 : 1;
    }
    assertEquals("", String.join("\n", wrong.subList(0, Math.min(400, wrong.size()))));
    assertTrue(found > 3_000, found + " are too few to mean anything");
  }

  private static String shown(byte[] code, Disassembly disassembly) {
    return HexFormat.of().formatHex(code) + " " + disassembly.text() + ": ";
  }

  /** Each form with ways to give an address: base, index, scale, displacement, segment, 32 bits. */
  @Test
  void addresses_areThoseThatBinutilsWrites(@TempDir Path folder) throws Exception {
    Random random = new Random(1);
    Set<String> implied =
        Set.of(
            "bt", "call", "cmps", "ins", "lods", "movs", "outs", "scas", "pop", "popf", "ret",
            "leave", "xlat");
    List<byte[]> codes = new ArrayList<>();
    Encoding.each(
        encoding -> {
          byte[] plain = encoding.bytes(true);
          if (loads.decode(plain, 0, plain.length)
              && !implied.contains(loads.instruction().name())) {
            int[] operand = random.ints(6, 0, 256).toArray();
            operand[0] = random.nextInt(3) << 6 | encoding.group() << 3 | random.nextInt(8);
            int segment = new int[] {0, 0x64, 0x65}[random.nextInt(3)];
            int size = random.nextInt(3) == 0 ? 0x67 : 0;
            int[] prefixes = Arrays.stream(new int[] {segment, size}).filter(p -> p != 0).toArray();
            codes.add(encoding.bytes(prefixes, random.nextInt(8), operand));
          }
        });
    List<Disassembly> disassemblies = Disassembly.of(codes, folder);

    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < codes.size(); i++) {
      byte[] code = codes.get(i);
      Disassembly disassembly = disassemblies.get(i);
      if (disassembly.text().contains("(bad)")) {
        continue; // with another segment or size, or so the register is none
      }
      RandomState state = new RandomState(random);
      assertTrue(loads.decode(code, 0, code.length), () -> shown(code, disassembly));
      long address = loads.instruction().address(state);
      long expected =
          OperandText.address(disassembly.text(), state, state.rip + disassembly.length());
      if (loads.instruction().length() != disassembly.length() || address != expected) {
        wrong.add(shown(code, disassembly) + Long.toHexString(address));
      }
    }
    assertEquals("", String.join("\n", wrong.subList(0, Math.min(40, wrong.size()))));
    assertTrue(codes.size() > 3_000, codes.size() + " are too few to mean anything");
  }
}
