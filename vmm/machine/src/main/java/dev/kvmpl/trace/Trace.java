// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.trace;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/** The steps of one processor, in the order in which they happened. Not thread-safe. */
public final class Trace {
  /** What is kept of one machine's: a guest that records for ever must not fill the VMM. */
  public static final int EVENTS_MAX = 50_000;

  private final int most;
  private final List<StepEvent> events = new ArrayList<>();
  private long lost;
  private long latestNs;

  /**
   * An empty trace.
   *
   * @param most events that it keeps; those that come later are lost
   */
  public Trace(int most) {
    this.most = most;
  }

  /** Adds an event; its time is moved up if it is before the latest one's. */
  public void add(StepEvent event) {
    if (events.size() == most) {
      addLost(1);
      return;
    }
    latestNs = Math.max(latestNs, event.tNs());
    events.add(event.tNs() == latestNs ? event : event.at(latestNs));
  }

  /** Says that a guest recorded more between two exits than its ring holds, or what is no step. */
  public void addLost(long records) {
    // A guest that lies says any number: the sum stays one.
    lost = Math.min(lost, Long.MAX_VALUE - records) + records;
  }

  public List<StepEvent> events() {
    return Collections.unmodifiableList(events);
  }

  /** Events that came when the trace was full, and records of guests that could not be read. */
  public long lost() {
    return lost;
  }

  /** The steps of several processors in the order of their times; each one's own order is kept. */
  public static List<StepEvent> merge(List<Trace> traces) {
    return traces.stream()
        .flatMap(trace -> trace.events.stream())
        .sorted(Comparator.comparingLong(StepEvent::tNs))
        .toList();
  }
}
