// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.run;

import dev.kvmpl.benchmarks.suite.CpuidExit;
import dev.kvmpl.benchmarks.suite.EmulationExit;
import dev.kvmpl.benchmarks.suite.FaultExit;
import dev.kvmpl.benchmarks.suite.FlightRecording;
import dev.kvmpl.benchmarks.suite.GrantStrategy;
import dev.kvmpl.benchmarks.suite.GrantedWrite;
import dev.kvmpl.benchmarks.suite.Growth;
import dev.kvmpl.benchmarks.suite.HandOver;
import dev.kvmpl.benchmarks.suite.HltExit;
import dev.kvmpl.benchmarks.suite.JnaExit;
import dev.kvmpl.benchmarks.suite.LevelSwitch;
import dev.kvmpl.benchmarks.suite.LinuxBoot;
import dev.kvmpl.benchmarks.suite.LinuxLock;
import dev.kvmpl.benchmarks.suite.LinuxStore;
import dev.kvmpl.benchmarks.suite.LinuxWork;
import dev.kvmpl.benchmarks.suite.MachineCreation;
import dev.kvmpl.benchmarks.suite.ManyMachines;
import dev.kvmpl.benchmarks.suite.MmioExit;
import dev.kvmpl.benchmarks.suite.MprotectFlip;
import dev.kvmpl.benchmarks.suite.MsrExit;
import dev.kvmpl.benchmarks.suite.PioInExit;
import dev.kvmpl.benchmarks.suite.PioOutExit;
import dev.kvmpl.benchmarks.suite.ProcessStart;
import dev.kvmpl.benchmarks.suite.RmpAdjust;
import dev.kvmpl.benchmarks.suite.RoundTrip;
import dev.kvmpl.benchmarks.suite.SlotFlip;
import dev.kvmpl.benchmarks.suite.SvsmCall;
import dev.kvmpl.benchmarks.suite.Validation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All benchmarks. */
public final class Catalog {
  /** In the order in which they run. */
  public static final List<Benchmark> ALL =
      List.of(
          Benchmark.of(MmioExit.class, "one exit: a store to a read-only slot")
              .quick(1)
              .besides(Twins.ONE_EXIT),
          Benchmark.of(JnaExit.class, "the same by JNA instead of FFM").besides(Twins.ONE_EXIT),
          Benchmark.of(PioOutExit.class, "one exit: a write to a port"),
          Benchmark.of(PioInExit.class, "one exit: a read from a port"),
          Benchmark.of(MsrExit.class, "one exit: a write to the GHCB MSR"),
          Benchmark.of(HltExit.class, "one exit: hlt"),
          Benchmark.of(FaultExit.class, "one exit: EFAULT, what enforcement mapping catches"),
          Benchmark.of(EmulationExit.class, "one exit: what KVM cannot emulate"),
          Benchmark.of(CpuidExit.class, "cpuid, which KVM serves by itself"),
          Benchmark.of(SlotFlip.class, "one permission changed by a slot deleted and created")
              .variants(
                  combine(
                      new Parameter("zapAll", "true", "false"),
                      new Parameter("cpu", "boot", "other")))
              .quick(2)
              .unless(Needs::slotFlip),
          Benchmark.of(MprotectFlip.class, "one permission changed by mprotect").quick(1),
          Benchmark.of(HandOver.class, "from one vCPU's thread to another's and back")
              .variants(
                  combine(new Parameter("way", "same-thread", "spin-then-park", "spin", "park")))
              .quick(2)
              .unless(Needs::handOver),
          Benchmark.of(LevelSwitch.class, "to another level and back, nothing done there").quick(1),
          Benchmark.of(
                  RoundTrip.class, "a store caught, judged, granted, done: ATTEMPT to COMPLETE")
              .variants(
                  combine(
                      new Parameter("detection", "trap", "reflect", "fault"),
                      new Parameter("enforcement", "slots", "mapping"),
                      new Parameter("handover", "threads", "thread")))
              .quick(2, Map.of("pages", "320"))
              .besides(Twins.ROUND_TRIP),
          Benchmark.of(
                  GrantStrategy.class, "a page granted and stored to, by each strategy of `grant`")
              .variants(strategies())
              .besides(Twins.STRATEGY),
          Benchmark.of(Growth.class, "the round trip when many pages are granted already")
              .variants(
                  growth(
                      Map.of(),
                      Map.of("ranges", "1000"),
                      Map.of("hidden", "1000"),
                      Map.of("processors", "4"))),
          Benchmark.of(Validation.class, "VMPL0 alone: a store is judged, and refused")
              .variants(combine(new Parameter("codebase", "none", "deny"))),
          Benchmark.of(SvsmCall.class, "a call to VMPL0 through the calling area"),
          Benchmark.of(RmpAdjust.class, "RMPADJUST by VMPL0")
              .variants(
                  combine(
                      new Parameter("changes", "true", "false"),
                      new Parameter("enforcement", "slots", "mapping"))),
          Benchmark.of(GrantedWrite.class, "a store to a granted page: no exit")
              .variants(combine(new Parameter("enforcement", "slots", "mapping"))),
          Benchmark.of(FlightRecording.class, "the round trip with JFR told, and recording")
              .variants(combine(new Parameter("events", "none", "idle", "recording"))),
          Benchmark.of(MachineCreation.class, "a machine made and closed, without having run")
              .variants(combine(new Parameter("enforcement", "slots", "mapping"))),
          Benchmark.of(ManyMachines.class, "1,000 machines made, run and closed, in a new JVM")
              .quick(0, Map.of("machines", "100"))
              .besides(Twins.MACHINES),
          Benchmark.of(LinuxBoot.class, "a Linux guest from its start to its command")
              .variants(combine(new Parameter("enforcement", "none", "slots", "mapping")))
              .unless(Needs::linux),
          Benchmark.of(LinuxWork.class, "100 processes in it, which store nothing closed")
              .variants(combine(new Parameter("enforcement", "none", "slots", "mapping")))
              .unless(Needs::linux),
          Benchmark.of(LinuxStore.class, "a store to its closed text: EXIT1 to COMPLETE")
              .variants(combine(new Parameter("enforcement", "slots", "mapping")))
              .unless(Needs::linux),
          Benchmark.of(LinuxLock.class, "its text closed while it runs")
              .variants(combine(new Parameter("enforcement", "slots", "mapping")))
              .unless(Needs::linux),
          Benchmark.of(ProcessStart.class, "./kvmpl run from its start to its first verdict")
              .unless(Needs::processStart)
              .besides(Twins.EMPTY_JVM));

  private Catalog() {}

  private record Parameter(String name, List<String> values) {
    Parameter(String name, String... values) {
      this(name, List.of(values));
    }
  }

  /** With each of these, and nothing beside it. */
  @SafeVarargs
  private static List<Map<String, String>> growth(Map<String, String>... each) {
    List<Map<String, String>> all = new ArrayList<>();
    for (Map<String, String> one : each) {
      for (Map<String, String> granted :
          combine(new Parameter("granted", "100", "1000", "10000"))) {
        Map<String, String> both =
            new TreeMap<>(Map.of("ranges", "0", "hidden", "0", "processors", "1"));
        both.putAll(one);
        both.putAll(granted);
        all.add(both);
      }
    }
    return all;
  }

  /** Mapping has the CPU store, so there is nothing that the hypervisor could do in its place. */
  private static List<Map<String, String>> strategies() {
    List<Map<String, String>> all =
        new ArrayList<>(
            combine(
                new Parameter("enforcement", "slots", "mapping"),
                new Parameter("stores", "1", "2"),
                new Parameter("grant", "page", "store", "ahead")));
    all.removeIf(
        one -> "mapping".equals(one.get("enforcement")) && "store".equals(one.get("grant")));
    return all;
  }

  /** Every combination, the last parameter changing fastest. */
  private static List<Map<String, String>> combine(Parameter... parameters) {
    List<Map<String, String>> all = List.of(Map.of());
    for (Parameter parameter : parameters) {
      List<Map<String, String>> more = new ArrayList<>();
      for (Map<String, String> before : all) {
        for (String value : parameter.values()) {
          Map<String, String> one = new TreeMap<>(before);
          one.put(parameter.name(), value);
          more.add(one);
        }
      }
      all = more;
    }
    return all;
  }
}
