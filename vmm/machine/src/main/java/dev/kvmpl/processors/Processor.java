// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

import dev.kvmpl.observe.Observers;
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
public final class Processor {
  private final int apicId;
  private final @Nullable LevelVcpu[] vcpus = new @Nullable LevelVcpu[Vmpl.values().length];
  private final RequestPage request;
  private final HandOver handOver;
  private final Observers observers;

  /** What VMPL0 has been asked and not answered yet. */
  private @Nullable Question question;

  public Processor(int apicId, RequestPage request, HandOver handOver, Observers observers) {
    this.apicId = apicId;
    this.request = request;
    this.handOver = handOver;
    this.observers = observers;
  }

  public void add(LevelVcpu vcpu) {
    vcpus[vcpu.level().number()] = vcpu;
  }

  public int apicId() {
    return apicId;
  }

  /** Its vCPU of a level, null if it has none. */
  public @Nullable LevelVcpu vcpu(Vmpl level) {
    return vcpus[level.number()];
  }

  /** Its vCPU of a level that it certainly has. */
  public LevelVcpu vcpuOf(Vmpl level) {
    LevelVcpu vcpu = vcpus[level.number()];
    if (vcpu == null) {
      throw new IllegalStateException(
          String.format(Locale.ROOT, "no %s on processor %d", level, apicId));
    }
    return vcpu;
  }

  public List<LevelVcpu> vcpus() {
    List<LevelVcpu> all = new ArrayList<>();
    for (LevelVcpu vcpu : vcpus) {
      if (vcpu != null) {
        all.add(vcpu);
      }
    }
    return all;
  }

  public RequestPage request() {
    return request;
  }

  /** How its vCPUs take turns. */
  public HandOver handOver() {
    return handOver;
  }

  /** Puts a question that is in the request page to VMPL0, which runs next. */
  public void ask(Question asked) {
    question = asked;
    run(vcpuOf(Vmpl.VMPL0));
  }

  /** The vCPU that runs next; null lets the processor idle. */
  public void run(@Nullable LevelVcpu next) {
    int level = next == null ? HandOver.NOBODY : next.level().number();
    observers.handedOver(apicId, level);
    handOver.pass(level);
  }

  public boolean isIdle() {
    return handOver.turn() == HandOver.NOBODY;
  }

  /** What VMPL0 has been asked and not answered yet; null for nothing. */
  public @Nullable Question question() {
    return question;
  }

  /** VMPL0 has answered: what it was asked, which is not open any more. */
  public Question takeQuestion() {
    Question asked = question;
    if (asked == null) {
      throw new IllegalStateException("nothing was asked");
    }
    question = null;
    return asked;
  }

  /** The vCPU whose turn it is, null if the processor idles. */
  public @Nullable LevelVcpu running() {
    int level = handOver.turn();
    return level == HandOver.NOBODY ? null : vcpu(Vmpl.of(level));
  }
}
