// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.protocol.RequestPage;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One processor of the guest: a vCPU for each level that runs on it, of which one runs at a time,
 * as on hardware the processor runs one VMSA or the other.
 */
final class Processor {
  private final int apicId;
  private final @Nullable LevelVcpu[] vcpus = new @Nullable LevelVcpu[Vmpl.values().length];
  private final RequestPage request;
  private final Baton baton = new Baton(Vmpl.values().length, Baton.NOBODY);

  /** What VMPL0 has been asked and not answered yet. */
  @Nullable Question question;

  Processor(int apicId, RequestPage request) {
    this.apicId = apicId;
    this.request = request;
  }

  /** Something that VMPL0 is asked by its {@link RequestPage}. */
  interface Question {
    /** The level that VMPL0 has to run to say that it has answered. */
    Vmpl level();

    /** Acts on the answer, and says what comes next on this processor. */
    Turn answered();
  }

  void add(LevelVcpu vcpu) {
    vcpus[vcpu.level().number()] = vcpu;
  }

  int apicId() {
    return apicId;
  }

  /** Its vCPU of a level, null if it has none. */
  @Nullable LevelVcpu vcpu(Vmpl level) {
    return vcpus[level.number()];
  }

  /** Its vCPU of a level that it certainly has. */
  LevelVcpu vcpuOf(Vmpl level) {
    LevelVcpu vcpu = vcpus[level.number()];
    if (vcpu == null) {
      throw new IllegalStateException(
          String.format(Locale.ROOT, "no %s on processor %d", level, apicId));
    }
    return vcpu;
  }

  List<LevelVcpu> vcpus() {
    List<LevelVcpu> all = new ArrayList<>();
    for (LevelVcpu vcpu : vcpus) {
      if (vcpu != null) {
        all.add(vcpu);
      }
    }
    return all;
  }

  RequestPage request() {
    return request;
  }

  Baton baton() {
    return baton;
  }

  /** Puts a question that is in the request page to VMPL0, which runs next. */
  void ask(Question asked) {
    question = asked;
    run(vcpuOf(Vmpl.VMPL0));
  }

  /** The vCPU that runs next; null lets the processor idle. */
  void run(@Nullable LevelVcpu next) {
    baton.pass(next == null ? Baton.NOBODY : next.level().number());
  }

  boolean isIdle() {
    return baton.holder() == Baton.NOBODY;
  }
}
