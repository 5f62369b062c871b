// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.MemoryLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a machine is made of. Nobody changes it; {@link #of} starts to describe one.
 *
 * @param layout where things are in memory
 * @param memorySize bytes, a multiple of 2 MiB, {@link MemoryLayout#memoryMin} to {@link
 *     MemoryLayout#MEMORY_MAX}
 * @param detection how an attempt is detected
 * @param enforcement by what the levels' permissions bind
 * @param handOver how a processor's vCPUs take turns
 * @param slotChanges on which CPU permissions are changed
 * @param grant when what VMPL0 grants is open
 * @param policy what becomes of what VMPL0 refuses
 * @param restricted ranges of kernel memory in which no driver may do anything that it has to ask
 *     for
 * @param hidden ranges of kernel memory that drivers may not even read before they have asked
 * @param protectedVirtual guest-virtual ranges of kernel memory that shall lead where they lead at
 *     launch, and nothing else there: the memory behind them is restricted
 * @param contents what memory holds at launch, zeros elsewhere
 * @param codebases that decide what drivers may do; if there are none, the validator does by itself
 * @param drivers in the order in which they are started; driver numbers in results count from 1
 * @param kernel the payload that starts the drivers, at VMPL1
 * @param validator the payload that judges them, at VMPL0
 * @param timeLimit after which the machine is stopped
 * @param recording what is kept of the run
 */
public record MachineSpec(
    MemoryLayout layout,
    long memorySize,
    Detection detection,
    EnforcementKind enforcement,
    HandOverKind handOver,
    SlotChanges slotChanges,
    GrantKind grant,
    Policy policy,
    List<PageRange> restricted,
    List<PageRange> hidden,
    List<PageRange> protectedVirtual,
    List<Contents> contents,
    List<Codebase> codebases,
    List<Driver> drivers,
    PayloadImage kernel,
    PayloadImage validator,
    Duration timeLimit,
    Recording recording) {
  /** The most hidden ranges: each cuts the memory of every level below VMPL0. */
  public static final int HIDDEN_MAX = 1024;

  /** The most contents. */
  public static final int CONTENTS_MAX = 1024;

  /**
   * Checks every rule: whoever has a description has a machine that there can be.
   *
   * @throws InvalidSpecException if not; the message says where and why
   */
  public MachineSpec(
      MemoryLayout layout,
      long memorySize,
      Detection detection,
      EnforcementKind enforcement,
      HandOverKind handOver,
      SlotChanges slotChanges,
      GrantKind grant,
      Policy policy,
      List<PageRange> restricted,
      List<PageRange> hidden,
      List<PageRange> protectedVirtual,
      List<Contents> contents,
      List<Codebase> codebases,
      List<Driver> drivers,
      PayloadImage kernel,
      PayloadImage validator,
      Duration timeLimit,
      Recording recording) {
    this.layout = layout;
    this.memorySize = memorySize;
    this.detection = detection;
    this.enforcement = enforcement;
    this.handOver = handOver;
    this.slotChanges = slotChanges;
    this.grant = grant;
    this.policy = policy;
    this.restricted = List.copyOf(restricted);
    this.hidden = List.copyOf(hidden);
    this.protectedVirtual = List.copyOf(protectedVirtual);
    this.contents = List.copyOf(contents);
    this.codebases = List.copyOf(codebases);
    this.drivers = List.copyOf(drivers);
    this.kernel = kernel;
    this.validator = validator;
    this.timeLimit = timeLimit;
    this.recording = recording;
    SpecRules.check(this);
  }

  /** Whether any driver's permissions are stored, so that VMPL0 is asked for ports and MSRs. */
  public boolean storesPermissions() {
    return drivers.stream().anyMatch(driver -> driver.permissions().isPresent());
  }

  /** Starts to describe a machine with these two payloads. */
  public static Builder of(PayloadImage kernel, PayloadImage validator) {
    return new Builder(kernel, validator);
  }

  /** Starts to describe a machine that differs from this one. */
  public Builder but() {
    Builder builder = new Builder(kernel, validator);
    builder.layout = layout;
    builder.memorySize = memorySize;
    builder.detection = detection;
    builder.enforcement = enforcement;
    builder.handOver = handOver;
    builder.slotChanges = slotChanges;
    builder.grant = grant;
    builder.policy = policy;
    builder.restricted = restricted;
    builder.hidden = hidden;
    builder.protectedVirtual = protectedVirtual;
    builder.contents = contents;
    builder.codebases = codebases;
    builder.drivers = new ArrayList<>(drivers);
    builder.timeLimit = timeLimit;
    builder.recording = recording;
    return builder;
  }

  /**
   * A machine being described: 32 MiB, no drivers, detection {@code trap}, enforcement {@code
   * slots}, 10 s at most, everything recorded. Not thread-safe.
   */
  public static final class Builder {
    private static final long MEMORY = 32 << 20;
    private static final Duration TIME_LIMIT = Duration.ofSeconds(10);

    private MemoryLayout layout = MemoryLayout.PAYLOADS;
    private PayloadImage kernel;
    private PayloadImage validator;
    private long memorySize = MEMORY;
    private Detection detection = Detection.TRAP;
    private EnforcementKind enforcement = EnforcementKind.SLOTS;
    private HandOverKind handOver = HandOverKind.THREADS;
    private SlotChanges slotChanges = SlotChanges.BOOT_CPU;
    private GrantKind grant = GrantKind.PAGE;
    private Policy policy = Policy.ENFORCE;
    private List<PageRange> restricted = List.of();
    private List<PageRange> hidden = List.of();
    private List<PageRange> protectedVirtual = List.of();
    private List<Contents> contents = List.of();
    private List<Codebase> codebases = List.of();
    private List<Driver> drivers = new ArrayList<>();
    private Duration timeLimit = TIME_LIMIT;
    private Recording recording = Recording.STEPS;

    private Builder(PayloadImage kernel, PayloadImage validator) {
      this.kernel = kernel;
      this.validator = validator;
    }

    /** Where things are in memory. */
    public Builder layout(MemoryLayout places) {
      this.layout = places;
      return this;
    }

    /** The guest kernel. */
    public Builder kernel(PayloadImage image) {
      this.kernel = image;
      return this;
    }

    /** The validator. */
    public Builder validator(PayloadImage image) {
      this.validator = image;
      return this;
    }

    /** Bytes of memory. */
    public Builder memorySize(long bytes) {
      this.memorySize = bytes;
      return this;
    }

    /** How attempts are detected. */
    public Builder detection(Detection how) {
      this.detection = how;
      return this;
    }

    /** By what permissions bind. */
    public Builder enforcement(EnforcementKind how) {
      this.enforcement = how;
      return this;
    }

    /** How vCPUs take turns. */
    public Builder handOver(HandOverKind how) {
      this.handOver = how;
      return this;
    }

    /** On which CPU permissions are changed. */
    public Builder slotChanges(SlotChanges where) {
      this.slotChanges = where;
      return this;
    }

    /** When what VMPL0 grants is open. */
    public Builder grant(GrantKind when) {
      this.grant = when;
      return this;
    }

    /** What becomes of what VMPL0 refuses. */
    public Builder policy(Policy wanted) {
      this.policy = wanted;
      return this;
    }

    /** Ranges in which drivers may do nothing that they have to ask for. */
    public Builder restricted(List<PageRange> ranges) {
      this.restricted = ranges;
      return this;
    }

    /** Ranges that drivers may not even read before they have asked. */
    public Builder hidden(List<PageRange> ranges) {
      this.hidden = ranges;
      return this;
    }

    /** Virtual ranges that shall lead where they lead at launch. */
    public Builder protectedVirtual(List<PageRange> ranges) {
      this.protectedVirtual = ranges;
      return this;
    }

    /** What memory holds at launch. */
    public Builder contents(List<Contents> bytes) {
      this.contents = bytes;
      return this;
    }

    /** Who decides, instead of the validator by itself. */
    public Builder codebases(List<Codebase> deciders) {
      this.codebases = deciders;
      return this;
    }

    /** When to stop the machine. */
    public Builder timeLimit(Duration limit) {
      this.timeLimit = limit;
      return this;
    }

    /** What is kept of the run. */
    public Builder recording(Recording kept) {
      this.recording = kept;
      return this;
    }

    /** All of the drivers. */
    public Builder drivers(List<Driver> all) {
      this.drivers = new ArrayList<>(all);
      return this;
    }

    /** One driver more. */
    public Builder driver(Driver next) {
      drivers.add(next);
      return this;
    }

    /**
     * The description.
     *
     * @throws InvalidSpecException if there can be no such machine; the message says where and why
     */
    public MachineSpec build() {
      return new MachineSpec(
          layout,
          memorySize,
          detection,
          enforcement,
          handOver,
          slotChanges,
          grant,
          policy,
          restricted,
          hidden,
          protectedVirtual,
          contents,
          codebases,
          drivers,
          kernel,
          validator,
          timeLimit,
          recording);
    }
  }
}
