// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.timeline;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.observe.LaunchedMachine;
import dev.kvmpl.observe.LoadedImage;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.trace.Trace;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * Keeps what a time line shows beside the steps of a run: exits, hand-overs, verdicts and changes
 * of permissions with their times, at most {@link Trace#EVENTS_MAX} of each. To be given to one
 * run, and read when that has ended.
 */
public final class Timeline implements Observer {
  private final List<Exit> exits = new ArrayList<>();
  private final List<HandOver> handOvers = new ArrayList<>();
  private final List<Judged> judged = new ArrayList<>();
  private final List<Change> changes = new ArrayList<>();
  private List<WatchedVcpu> vcpus = List.of();
  private List<LoadedImage> images = List.of();
  private long[] attemptRip = {}; // by the vCPUs' numbers
  private long launchNs;
  private long lost;

  /** Nothing is in it yet. */
  public Timeline() {}

  /**
   * A vCPU has left the guest. Times are nanoseconds since launch, here and below.
   *
   * @param vcpu its number
   * @param reason as in KVM_EXIT_...
   */
  public record Exit(long tNs, int vcpu, String reason) {}

  /**
   * Another vCPU of a processor runs next.
   *
   * @param level -1 for none
   */
  public record HandOver(long tNs, int processor, int level) {}

  /**
   * An operation has its verdict.
   *
   * @param vcpu the number of the one that attempted it
   * @param rip an address inside of the instruction, 0 if it is not known
   */
  public record Judged(long tNs, int vcpu, long rip, Operation operation) {}

  /**
   * A level's permissions on pages are others from now on.
   *
   * @param permissions as in {@link dev.kvmpl.vmpl.PagePermissions}
   */
  public record Change(long tNs, Vmpl level, long gpa, long length, int permissions) {}

  @Override
  public void launched(LaunchedMachine machine) {
    launchNs = machine.launchNs();
    vcpus = machine.vcpus().stream().sorted(Comparator.comparingInt(WatchedVcpu::number)).toList();
    images = machine.images();
    attemptRip = new long[vcpus.size()];
  }

  @Override
  public Reply exit(WatchedVcpu vcpu, int driver, VcpuExit exit) {
    if (exit instanceof VcpuExit.Interrupted) {
      return Reply.GO_ON; // a kick: how many come depends on the host
    }
    add(exits, new Exit(now(), vcpu.number(), exit.name()));
    if (vcpu.level() != Vmpl.VMPL0) {
      // Where a store has been retired, one byte back is still inside of it.
      boolean retired = exit instanceof VcpuExit.Mmio mmio && mmio.isWrite();
      attemptRip[vcpu.number()] = vcpu.cpu().rip() - (retired ? 1 : 0);
    }
    return Reply.GO_ON;
  }

  @Override
  public boolean wantsOperations() {
    return true;
  }

  @Override
  public Reply judged(WatchedVcpu vcpu, Operation operation, boolean exact) {
    add(judged, new Judged(now(), vcpu.number(), attemptRip[vcpu.number()], operation));
    return Reply.GO_ON;
  }

  @Override
  public void permitted(WatchedVcpu by, Vmpl level, long gpa, long length, int permissions) {
    add(changes, new Change(now(), level, gpa, length, permissions));
  }

  @Override
  public void handedOver(int processor, int level) {
    add(handOvers, new HandOver(now(), processor, level));
  }

  private long now() {
    return System.nanoTime() - launchNs;
  }

  private <T> void add(List<T> list, T event) {
    if (list.size() < Trace.EVENTS_MAX) {
      list.add(event);
    } else {
      lost++;
    }
  }

  /** The machine's vCPUs, by their numbers. */
  public List<WatchedVcpu> vcpus() {
    return vcpus;
  }

  /** The payloads in its memory. */
  public List<LoadedImage> images() {
    return images;
  }

  public List<Exit> exits() {
    return Collections.unmodifiableList(exits);
  }

  public List<HandOver> handOvers() {
    return Collections.unmodifiableList(handOvers);
  }

  /** What was judged, in the order of the verdicts. */
  public List<Judged> judged() {
    return Collections.unmodifiableList(judged);
  }

  public List<Change> changes() {
    return Collections.unmodifiableList(changes);
  }

  /** Events that came when their list was full. */
  public long lost() {
    return lost;
  }
}
