// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.machine.*;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.payloads.BuiltInPayload;
import java.time.Duration;
import java.util.List;

public final class Main {
  public static void main(String[] a) throws Exception {
    PayloadImage disk = PayloadImage.parse(BuiltInPayload.DISK.bytes());
    PayloadImage store = PayloadImage.parse(BuiltInPayload.STORE.bytes());
    MachineSpec spec =
        new MachineSpec(
            32 << 20,
            List.of(new PageRange(0x1400000, 0x1410000)),
            List.of(
                new MachineSpec.Driver(
                    "net",
                    store,
                    List.of(new PageRange(0x1200000, 0x1210000)),
                    List.of(0x1200000L, 8L, 77L)),
                new MachineSpec.Driver(
                    "disk", disk, List.of(), List.of(0x1100000L, 0x1400000L, 0x1200000L))),
            PayloadImage.parse(BuiltInPayload.KERNEL.bytes()),
            PayloadImage.parse(BuiltInPayload.VALIDATOR.bytes()),
            Duration.ofSeconds(5),
            MachineSpec.Recording.STEPS);
    try (Kvm kvm = Kvm.open();
        Machine m = new Machine(kvm, spec)) {
      RunResult r = m.run();
      System.out.println(r.outcome() + " " + r.message() + " " + r.durationNs());
      r.operations().forEach(System.out::println);
      r.steps().forEach(System.out::println);
      System.out.println(r.exits() + " " + r.driverStatus() + "\n" + r.before() + "\n" + r.after());
    }
  }
}
