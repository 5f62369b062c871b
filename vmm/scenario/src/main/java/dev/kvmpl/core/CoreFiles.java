// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.core;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.LaunchedMachine;
import dev.kvmpl.observe.LoadedImage;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.StoppedVcpu;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.vmpl.Vmpl;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A machine's cores: of each level one. To be given to its run, and asked before it is closed. */
public final class CoreFiles implements Observer {
  private @Nullable LaunchedMachine machine;

  /** For one run. */
  public CoreFiles() {}

  @Override
  public void launched(LaunchedMachine launched) {
    machine = launched;
  }

  /** The name of a level's file. */
  public static String fileName(Vmpl level) {
    return level.name().toLowerCase(Locale.ROOT) + ".core";
  }

  /** The levels that have vCPUs; none if the machine was not launched. */
  public Set<Vmpl> levels() {
    Set<Vmpl> levels = EnumSet.noneOf(Vmpl.class);
    if (machine != null) {
      machine.vcpus().forEach(vcpu -> levels.add(vcpu.level()));
    }
    return levels;
  }

  /**
   * Writes a level's core; the stream stays open.
   *
   * @param result of the run, which has ended
   */
  public void write(Vmpl level, RunResult result, OutputStream out) throws IOException {
    LaunchedMachine ended = Objects.requireNonNull(machine);
    Optional<LoadedImage> program = program(level, result);
    long entry = program.map(CoreFiles::entry).orElse(0L);
    String name = program.map(LoadedImage::name).orElse("kvmpl") + ".elf (" + level + ")";
    List<CoreNotes.VcpuThread> threads = new ArrayList<>();
    for (WatchedVcpu vcpu : ended.vcpus()) {
      if (vcpu.level() == level) {
        boolean stopped = result.stopped().stream().anyMatch(one -> one.name().equals(vcpu.name()));
        CoreNotes.VcpuThread thread =
            new CoreNotes.VcpuThread(vcpu.number() + 1, vcpu.cpu().registers());
        threads.add(stopped ? 0 : threads.size(), thread); // a debugger chooses the first
      }
    }
    new CoreFile(ended.memory(), ended.rmp(), level).write(CoreNotes.of(name, entry, threads), out);
  }

  /** What of the level's code is where, for people: {@code counter at 0x12e000}. */
  public String images(Vmpl level) {
    return Objects.requireNonNull(machine).images().stream()
        .filter(image -> image.level() == level)
        .map(image -> String.format(Locale.ROOT, "%s at %#x", image.name(), image.gpa()))
        .collect(Collectors.joining(", "));
  }

  /** The payload that a debugger is to be given: where a vCPU was, else the level's first one. */
  public Optional<LoadedImage> program(Vmpl level, RunResult result) {
    List<LoadedImage> images =
        Objects.requireNonNull(machine).images().stream()
            .filter(image -> image.level() == level)
            .toList();
    for (StoppedVcpu vcpu : result.stopped()) {
      for (LoadedImage image : images) {
        if (vcpu.level() == level && image.contains(vcpu.rip())) {
          return Optional.of(image);
        }
      }
    }
    return images.stream().findFirst();
  }

  private static long entry(LoadedImage image) {
    return image.gpa() + image.payload().entry();
  }
}
