// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.launch;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.observe.LoadedImage;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.spec.Codebase;
import dev.kvmpl.spec.GrantKind;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.PayloadsTooLargeException;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.List;

/** What runs at VMPL0, with its codebases. In memory once it is made. */
final class Validator {
  private final MachineSpec spec;
  private final long entry;
  private final long codebases;

  /** Puts it into memory. */
  Validator(GuestMemory memory, MachineSpec spec) throws PayloadsTooLargeException {
    this.spec = spec;
    long above = CodebaseLoader.footprint(spec.codebases());
    this.entry = Images.load(memory, spec.layout(), Vmpl.VMPL0, spec.validator(), above);
    long free = spec.layout().of(Vmpl.VMPL0).images() + spec.validator().footprint();
    this.codebases = CodebaseLoader.load(memory, spec.layout(), spec.codebases(), free);
  }

  /** What of it and its codebases is in memory. */
  List<LoadedImage> images() {
    List<LoadedImage> images = new ArrayList<>();
    long at = spec.layout().of(Vmpl.VMPL0).images();
    images.add(new LoadedImage("validator", Vmpl.VMPL0, at, spec.validator()));
    at += spec.validator().footprint();
    for (Codebase codebase : spec.codebases()) {
      images.add(new LoadedImage(codebase.name(), Vmpl.VMPL0, at, codebase.payload()));
      at += codebase.payload().footprint();
    }
    return images;
  }

  /** Prepares a vCPU of its: it has one on each processor. */
  void boot(GuestMemory memory, LevelVcpu vcpu) {
    Boot.start(spec.layout(), vcpu, entry);
    Boot.info(memory, spec.layout(), vcpu)
        .writeForValidator(
            codebases,
            spec.drivers().size(),
            spec.policy().number(),
            spec.grant() == GrantKind.AHEAD ? Abi.KVMPL_GRANT_AHEAD() : Abi.KVMPL_GRANT_PAGE());
    vcpu.processor().request().prepare(Vmpl.VMPL1.number());
  }
}
