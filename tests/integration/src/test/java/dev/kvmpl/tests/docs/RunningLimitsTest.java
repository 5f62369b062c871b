// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.observe.Consoles;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.tests.support.SourceTree;
import dev.kvmpl.trace.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The numbers of docs/limits.md about a running machine are those of the code; what is met there is
 * shown by the tests that the rows name, some of them with smaller numbers.
 */
@Tag(SourceTree.TAG)
class RunningLimitsTest {
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| ([^|]+) \\| ([^|]+) \\| [^|]+ \\| `.*` \\|$");
  private static final Pattern NUMBER = Pattern.compile("\\b\\d{2,}\\b");

  private static int defined(String file, String name) throws IOException {
    Matcher found =
        Pattern.compile(name + " =? ?([0-9_]+)")
            .matcher(Files.readString(SourceTree.root().resolve(file)));
    if (!found.find()) {
      throw new AssertionError(file + " has no " + name);
    }
    return Integer.parseInt(found.group(1).replace("_", ""));
  }

  private static Map<String, Integer> inTheCode() throws IOException {
    Map<String, Integer> limits = new LinkedHashMap<>();
    // KVM's own: what HostSlotsTest asks the host for.
    limits.put("pieces of a level's memory: KVM's slots", 32764);
    // The kernel's default (Documentation/admin-guide/sysctl/vm.rst), which HostMappingsTest reads.
    limits.put("the same with enforcement mapping: mappings of the process", 65530);
    limits.put(
        "pages that are granted",
        defined("guest-payloads/validator/grant_table.h", "define GRANTS_MAX"));
    limits.put("entries of a PVALIDATE list", 4096 / Long.BYTES - 1);
    limits.put(
        "2 MiB in which pages are opened one by one, with detection `fault`",
        MemoryLayout.HIDDEN_MAX);
    limits.put("lines that guests print", Consoles.LINES_MAX);
    limits.put(
        "bytes of symbols that the agent of a Linux guest tells of",
        defined("vmm/linux/src/main/java/dev/kvmpl/linux/agent/Agent.java", "SYMBOLS_MAX"));
    limits.put("records of a console between two exits", Abi.KVMPL_CONSOLE_CAPACITY());
    limits.put(
        "bytes of a payload's file of which debug information is read", PayloadImage.KEPT_MAX);
    limits.put(
        "tables that are searched for protected pages",
        defined("guest-payloads/validator/translations.c", "define TABLES_MAX"));
    limits.put("records of a vCPU between two exits", Abi.KVMPL_TRACE_CAPACITY());
    limits.put(
        "steps that are kept of a machine, the same share for each processor", Trace.EVENTS_MAX);
    limits.put("operations that are kept of a machine", Trace.EVENTS_MAX);
    limits.put(
        "lines about expectations that do not hold",
        defined("vmm/scenario/src/main/java/dev/kvmpl/scenario/Expectation.java", "UNMET_MAX"));
    return limits;
  }

  @Test
  void numbers_areThoseOfTheCode() throws IOException {
    Map<String, Integer> documented = new LinkedHashMap<>();
    Matcher row = ROW.matcher(Files.readString(SourceTree.root().resolve("docs/limits.md")));
    while (row.find()) {
      Matcher number = NUMBER.matcher(row.group(2));
      documented.put(row.group(1), number.find() ? Integer.parseInt(number.group()) : 0);
    }

    assertEquals(inTheCode(), documented);
  }
}
