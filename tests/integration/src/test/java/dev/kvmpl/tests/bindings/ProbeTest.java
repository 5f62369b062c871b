// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.bindings.GeneratedBindings.Fact;
import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The generated bindings against the headers: native-headers/probe.c is compiled with every size,
 * offset and constant that the bindings have.
 */
@Tag("needs-gcc")
@Tag(SourceTree.TAG)
class ProbeTest {
  /** LINUX_VERSION_CODE of 6.12.0. */
  private static final long GENERATED_FROM = 6 << 16 | 12 << 8;

  /** Constants, structs and members of structs: what came with 6.2 to 6.12. */
  private static final Set<String> NEWER_THAN_6_1 =
      Set.of(
          "KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP",
          "KVM_CAP_GUEST_MEMFD",
          "KVM_CAP_MEMORY_ATTRIBUTES",
          "KVM_CAP_MEMORY_FAULT_INFO",
          "KVM_CAP_PMU_EVENT_MASKED_EVENTS",
          "KVM_CAP_PRE_FAULT_MEMORY",
          "KVM_CAP_USER_MEMORY2",
          "KVM_CAP_VM_TYPES",
          "KVM_CAP_X86_APIC_BUS_CYCLES_NS",
          "KVM_CAP_X86_GUEST_MODE",
          "KVM_CREATE_GUEST_MEMFD",
          "KVM_EXIT_HYPERCALL_LONG_MODE",
          "KVM_EXIT_MEMORY_FAULT",
          "KVM_MEMORY_ATTRIBUTE_PRIVATE",
          "KVM_MEMORY_EXIT_FLAG_PRIVATE",
          "KVM_MEM_GUEST_MEMFD",
          "KVM_PRE_FAULT_MEMORY",
          "KVM_RUN_X86_GUEST_MODE",
          "KVM_SET_MEMORY_ATTRIBUTES",
          "KVM_SET_USER_MEMORY_REGION2",
          "KVM_X86_DEFAULT_VM",
          "KVM_X86_GRP_SEV",
          "KVM_X86_GRP_SYSTEM",
          "KVM_X86_QUIRK_IGNORE_GUEST_PAT",
          "KVM_X86_QUIRK_SLOT_ZAP_ALL",
          "KVM_X86_QUIRK_STUFF_FEATURE_MSRS",
          "KVM_X86_QUIRK_VMCS12_ALLOW_FREEZE_IN_SMM",
          "KVM_X86_SEV_ES_VM",
          "KVM_X86_SEV_VM",
          "KVM_X86_SNP_VM",
          "KVM_X86_SW_PROTECTED_VM",
          "kvm_create_guest_memfd",
          "kvm_memory_attributes",
          "kvm_nested_state.data.__empty_svm",
          "kvm_nested_state.data.__empty_vmx",
          "kvm_pre_fault_memory",
          "kvm_run.hypercall.flags",
          "kvm_run.iocsr_io",
          "kvm_run.memory_fault",
          "kvm_sev_cmd.pad0",
          "kvm_userspace_memory_region2");

  private static final Path ABI = SourceTree.root().resolve("guest-payloads/include/kvmpl");

  @Test
  void everyGeneratedSizeOffsetAndConstant_isTheCompilers(@TempDir Path folder) throws Exception {
    List<Fact> facts = GeneratedBindings.facts();

    Probe probe = Probe.of(facts, folder);

    List<String> wrong =
        facts.stream()
            .filter(fact -> !probe.lacking().contains(fact))
            .filter(fact -> !agrees(fact, probe.compiled().get(fact.key())))
            .map(
                fact ->
                    fact.key()
                        + " is "
                        + probe.compiled().get(fact.key())
                        + ", not "
                        + fact.value())
            .toList();
    assertEquals(List.of(), wrong);
    assertEquals(facts.size() - probe.lacking().size(), probe.compiled().size());
  }

  /** Older headers may lack what is newer; those that the bindings were generated from, nothing. */
  @Test
  void whatTheHeadersLack_isNewerThanTheyAre(@TempDir Path folder) throws Exception {
    Probe probe = Probe.of(GeneratedBindings.facts(), folder);

    Set<String> lacking = new TreeSet<>();
    if (probe.kernel() < GENERATED_FROM) {
      probe.lacking().stream()
          .map(Fact::subject)
          .filter(subject -> NEWER_THAN_6_1.stream().noneMatch(newer -> isOf(subject, newer)))
          .forEach(lacking::add);
    } else {
      probe.lacking().stream().map(Fact::key).forEach(lacking::add);
    }
    assertEquals(Set.of(), lacking, () -> "headers of " + Long.toHexString(probe.kernel()));
  }

  /** Whether it is that, or a member of it. */
  private static boolean isOf(String subject, String other) {
    return subject.equals(other) || subject.startsWith(other + ".");
  }

  /** A generated {@code int} holds an unsigned number too. */
  private static boolean agrees(Fact fact, @Nullable Long compiled) {
    return compiled != null
        && fact.value()
            == (fact.type() == int.class && compiled >>> Integer.SIZE == 0
                ? compiled.intValue()
                : compiled);
  }

  /** So that an empty list of facts, or one without a kind of them, cannot pass. */
  @Test
  void factsThatEverythingStandsOn_areAmongTheGenerated() {
    Map<String, Long> facts =
        GeneratedBindings.facts().stream().collect(Collectors.toMap(Fact::key, Fact::value));

    assertEquals(0xae80, facts.get("constant KVM_RUN"));
    assertEquals(0x4020ae46L, facts.get("constant KVM_SET_USER_MEMORY_REGION"));
    assertEquals(0x40a0ae49L, facts.get("constant KVM_SET_USER_MEMORY_REGION2"));
    assertEquals(39, facts.get("constant KVM_EXIT_MEMORY_FAULT"));
    assertEquals(4, facts.get("constant EINTR"));
    assertEquals(0xc0010130, facts.get("constant KVMPL_MSR_GHCB"));
    assertEquals(32, facts.get("size kvm_userspace_memory_region"));
    assertEquals(40, facts.get("offset kvm_run.mmio.data"));
    assertEquals(4096, facts.get("size ghcb"));
    assertEquals(4096, facts.get("size vmsa"));
  }

  /** What is added to abi.h and not generated would be there for the guests alone. */
  @Test
  void everyConstantAndStructOfTheAbi_isGenerated() throws IOException {
    String header = Files.readString(ABI.resolve("abi.h")) + abiParts();
    Set<String> declared = new TreeSet<>();
    declared.addAll(found("(?m)^#define (\\w+) \\S", "constant ", header));
    declared.addAll(found("(?m)^  (KVMPL_STEP_\\w+)", "constant ", header));
    declared.addAll(found("(?m)^struct (\\w+) \\{", "size ", header));

    Set<String> generated =
        GeneratedBindings.facts().stream().map(Fact::key).collect(Collectors.toSet());

    assertTrue(declared.size() > 100, declared::toString);
    declared.removeAll(generated);
    assertEquals(Set.of(), declared);
  }

  private static String abiParts() throws IOException {
    try (Stream<Path> parts = Files.list(ABI.resolve("abi"))) {
      StringBuilder text = new StringBuilder();
      for (Path part : parts.toList()) {
        text.append(Files.readString(part));
      }
      return text.toString();
    }
  }

  private static Set<String> found(String pattern, String prefix, String text) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map(match -> prefix + match.group(1))
        .collect(Collectors.toSet());
  }
}
