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
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every encoding there is, as binutils reads it: the decoder knows all that store, and no others,
 * with their lengths, widths and addresses.
 */
@Tag("needs-gcc")
class StoreFormsTest {
  private static final Pattern PREFIXES =
      Pattern.compile(
          "^((lock|rep|repn?z|xacquire|xrelease|bnd|notrack|data16|addr32|rex(\\.[A-Z]+)?|\\{evex\\}|[c-gs]s) +)*");
  private static final Pattern WIDTH = Pattern.compile("([A-Z]+) PTR");
  private static final Map<String, Integer> WIDTHS =
      Map.of(
          "BYTE", 1, "WORD", 2, "DWORD", 4, "QWORD", 8, "TBYTE", 10, "XMMWORD", 16, "OWORD", 16,
          "YMMWORD", 32, "ZMMWORD", 64);

  /** What stores and has no width in Intel's syntax, or no operand in memory at all. */
  private static final Map<String, Integer> UNWRITTEN_WIDTHS =
      widths(
          "call 8, enter 8, enterw 2, maskmovq 8",
          "maskmovdqu 16, vmaskmovdqu 16, clzero 64, movdir64b 64, enqcmd 64, enqcmds 64",
          "fnstenv 28, fnstenvw 14, fnsave 108, fnsavew 94, fxsave 512, fxsave64 512",
          "sgdt 10, sidt 10, sttilecfg 64, wrssd 4, wrssq 8, wrussd 4, wrussq 8",
          "xsave 0, xsave64 0, xsaveopt 0, xsaveopt64 0, xsavec 0, xsavec64 0, xsaves 0",
          "xsaves64 0, tilestored 0");

  /** What only reads what its first operand says, or only acts on where that is. */
  private static final Set<String> READS =
      words(
          "aesdecwide128kl aesdecwide256kl aesencwide128kl aesencwide256kl bt cldemote clflush",
          "clflushopt clwb cmp cmps div fadd fbld fcom fcomp fdiv fdivr fiadd ficom ficomp fidiv",
          "fidivr fild fimul fisub fisubr fld fldcw fldenv fldenvw fmul frstor frstorw fsub fsubr",
          "fxrstor fxrstor64 idiv imul invlpg jmp ldmxcsr ldtilecfg lgdt lidt lldt lmsw ltr mul nop",
          "prefetch prefetchnta prefetcht0 prefetcht1 prefetcht2 prefetchw prefetchwt1 ptwrite test",
          "bndmov bndstx verr verw vldmxcsr vmclear vmptrld vmxon xlat xrstor xrstor64 xrstors xrstors64 (bad)");

  /** What may have a LOCK prefix. */
  private static final Set<String> LOCKABLE =
      words(
          "add or adc sbb and sub xor not neg inc dec bts btr btc xchg xadd cmpxchg cmpxchg8b",
          "cmpxchg16b");

  /** What has its address in registers that no operand names, or in ways that text cannot say. */
  private static final Set<String> IMPLIED =
      words(
          "bts btr btc call clzero enqcmd enqcmds enter ins lcall maskmovq maskmovdqu movdir64b",
          "movs push pushf scatter stos tilestored vmaskmovdqu");

  private static final Set<String> READ_MODIFY_WRITE =
      words(
          "add or adc sbb and sub xor not neg inc dec rol ror rcl rcr shl shr sar shld shrd bts btr",
          "btc xchg xadd cmpxchg cmpxchg8b cmpxchg16b aadd aand aor axor rstorssp clrssbsy");

  private final OperandDecoder decoder = OperandDecoder.ofStores();

  private static Set<String> words(String... lines) {
    return Set.of(String.join(" ", lines).split(" ", -1));
  }

  private static Map<String, Integer> widths(String... lines) {
    Map<String, Integer> widths = new HashMap<>();
    for (String one : String.join(", ", lines).split(", ", -1)) {
      widths.put(
          one.substring(0, one.indexOf(' ')), Integer.valueOf(one.substring(one.indexOf(' ') + 1)));
    }
    return widths;
  }

  /** What binutils says, written as {@link #decoded} writes it; "none" if it stores nothing. */
  private static String published(Encoding encoding, Disassembly disassembly) {
    String text = PREFIXES.matcher(disassembly.text()).replaceFirst("");
    String name = text.split(" ", 2)[0];
    String operand = text.substring(name.length()).strip().split(",", -1)[0];
    Integer width = widthOf(encoding, name, operand);
    if (width == null || READS.contains(name) || isUndefined(encoding, disassembly.text(), name)) {
      return "none";
    }
    boolean modifies = READ_MODIFY_WRITE.contains(name) || name.matches("cmp[a-z]+xadd");
    return disassembly.length() + " bytes, stores " + width + (modifies ? ", modifying" : "");
  }

  /** Null if it stores nothing, or binutils cannot say how much. */
  private static @Nullable Integer widthOf(Encoding encoding, String name, String operand) {
    boolean wide = encoding.wide();
    boolean narrow = encoding.prefix() == 0x66 && !wide;
    Matcher written = WIDTH.matcher(operand);
    if (name.startsWith("push")) {
      return narrow ? 2 : 8;
    } else if (name.equals("movabs") && operand.startsWith("ds:")) {
      return encoding.opcode() == 0xa2 ? 1 : wide ? 8 : narrow ? 2 : 4;
    } else if (name.equals("call") && written.find() && !written.group(1).equals("QWORD")) {
      return wide ? 16 : narrow ? 4 : 8; // a far one: what is written is where it finds the target
    } else if (name.contains("scatter")) {
      return MemoryInstruction.UNKNOWN_SIZE;
    } else if (UNWRITTEN_WIDTHS.containsKey(name)) {
      return UNWRITTEN_WIDTHS.get(name);
    }
    return operand.contains("[") && written.reset().find() ? WIDTHS.get(written.group(1)) : null;
  }

  /** What CPUs raise #UD for, or read in different ways, and binutils shows all the same. */
  private static boolean isUndefined(Encoding encoding, String text, String name) {
    boolean wrongW =
        encoding.space() == Space.EVEX
            && name.matches("vmov[au]p[sd]")
            && encoding.wide() != name.endsWith("d");
    return wrongW
        || (encoding.prefix() == 0xf0 && !LOCKABLE.contains(name))
        || (encoding.prefix() != 0 && name.matches("f?xsave.*|v?stmxcsr|vmptrst"))
        || (encoding.prefix() == 0x66
            && name.equals("call")
            && !text.matches(".* (D|F)?WORD PTR.*"))
        || (encoding.vectorLength() != 0 && name.matches("vmovw|vstmxcsr"))
        || (name.contains("maskmov") && text.contains("(bad)"))
        || text.contains("{bad}");
  }

  private String decoded(byte[] code) {
    if (!decoder.decode(code, 0, code.length)) {
      return "none";
    }
    MemoryInstruction found = decoder.instruction();
    return found.length()
        + " bytes, stores "
        + found.size()
        + (found.isReadModifyWrite() ? ", modifying" : "");
  }

  @Test
  void everyEncodingThatStores_isDecoded_andNoOther(@TempDir Path folder) throws Exception {
    List<Encoding> encodings = new ArrayList<>();
    List<byte[]> codes = new ArrayList<>();
    Encoding.each(
        encoding -> {
          encodings.add(encoding);
          codes.add(encoding.bytes(true));
          if (encoding.map() < 2) { // the other maps push nothing and store to no implied address
            encodings.add(encoding);
            codes.add(encoding.bytes(false));
          }
        });
    List<Disassembly> disassemblies = Disassembly.of(codes, folder);

    List<String> wrong = new ArrayList<>();
    int stores = 0;
    for (int i = 0; i < codes.size(); i++) {
      String expected = published(encodings.get(i), disassemblies.get(i));
      String actual = decoded(codes.get(i));
      stores += actual.equals("none") ? 0 : 1;
      if (!expected.equals(actual)) {
        wrong.add(shown(codes.get(i), disassemblies.get(i)) + expected + ", not " + actual);
      }
    }
    assertEquals("", String.join("\n", wrong.subList(0, Math.min(40, wrong.size()))));
    assertTrue(stores > 5_000, stores + " are too few to mean anything");
  }

  private static String shown(byte[] code, Disassembly disassembly) {
    return HexFormat.of().formatHex(code) + " " + disassembly.text() + ": ";
  }

  /** Each form with ways to give an address: base, index, scale, displacement, segment, 32 bits. */
  @Test
  void addresses_areThoseThatBinutilsWrites(@TempDir Path folder) throws Exception {
    Random random = new Random(1);
    List<byte[]> codes = new ArrayList<>();
    Encoding.each(
        encoding -> {
          byte[] plain = encoding.bytes(true);
          if (decoder.decode(plain, 0, plain.length)
              && !IMPLIED.contains(decoder.instruction().name())) {
            codes.add(
                encoding.bytes(prefixes(random), random.nextInt(8), operand(encoding, random)));
          }
        });
    List<Disassembly> disassemblies = Disassembly.of(codes, folder);

    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < codes.size(); i++) {
      byte[] code = codes.get(i);
      Disassembly disassembly = disassemblies.get(i);
      RandomState state = new RandomState(random);
      assertTrue(decoder.decode(code, 0, code.length), () -> shown(code, disassembly));
      long address = decoder.instruction().address(state);
      long expected =
          OperandText.address(disassembly.text(), state, state.rip + disassembly.length());
      if (decoder.instruction().length() != disassembly.length() || address != expected) {
        wrong.add(shown(code, disassembly) + Long.toHexString(address));
      }
    }
    assertEquals("", String.join("\n", wrong.subList(0, Math.min(40, wrong.size()))));
    assertTrue(codes.size() > 5_000, codes.size() + " are too few to mean anything");
  }

  private static int[] prefixes(Random random) {
    int segment = new int[] {0, 0, 0x64, 0x65, 0x3e}[random.nextInt(5)];
    int size = random.nextInt(3) == 0 ? 0x67 : 0;
    return Arrays.stream(new int[] {segment, size}).filter(prefix -> prefix != 0).toArray();
  }

  private static int[] operand(Encoding encoding, Random random) {
    int mod = random.nextInt(3);
    int[] operand = random.ints(6, 0, 256).toArray();
    operand[0] = mod << 6 | encoding.group() << 3 | random.nextInt(8);
    return operand;
  }
}
