// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.observe;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Unsigned;
import org.jspecify.annotations.Nullable;

/** What {@link FlightObserver} records, while there is a recording. */
final class FlightEvents {
  private FlightEvents() {}

  /** A vCPU has left the guest. */
  @Name("dev.kvmpl.Exit")
  @Label("vCPU exit")
  @Category("kvmpl")
  @StackTrace(false)
  static final class Exit extends Event {
    @Label("vCPU")
    @Nullable String vcpu;

    @Label("Driver")
    @Description("whose the vCPU is, 0 for no driver's")
    int driver;

    @Label("Reason")
    @Description("as in KVM_EXIT_...")
    @Nullable String reason;
  }

  /** Another vCPU of a processor runs next. */
  @Name("dev.kvmpl.HandOver")
  @Label("Hand-over")
  @Category("kvmpl")
  @StackTrace(false)
  static final class HandOver extends Event {
    @Label("Processor")
    int processor;

    @Label("Level")
    @Description("the one that runs, -1 for none")
    int level;
  }

  /** An operation has its verdict. */
  @Name("dev.kvmpl.Verdict")
  @Label("Verdict")
  @Category("kvmpl")
  @StackTrace(false)
  static final class Verdict extends Event {
    @Label("vCPU")
    @Nullable String vcpu;

    @Label("Driver")
    int driver;

    @Label("Access")
    @Nullable String access;

    @Label("Address")
    @Unsigned
    long address;

    @Label("Length")
    @DataAmount
    int length;

    @Label("Verdict")
    @Nullable String verdict;
  }

  /** A level has got permissions on a page. */
  @Name("dev.kvmpl.Grant")
  @Label("Grant")
  @Category("kvmpl")
  @StackTrace(false)
  static final class Grant extends Event {
    @Label("Driver")
    int driver;

    @Label("Address")
    @Unsigned
    long address;

    @Label("Length")
    @DataAmount
    long length;

    @Label("Permissions")
    @Nullable String permissions;
  }
}
