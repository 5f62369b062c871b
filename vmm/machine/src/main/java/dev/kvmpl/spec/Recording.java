// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

/** How much is kept of a run. The run is the same whatever is kept. */
public enum Recording {
  /** Nothing but the outcome and the counts of exits: for measuring. */
  NOTHING,
  /** Also every operation that was judged. */
  OPERATIONS,
  /** Also every step, and the operations that made no exit. */
  STEPS
}
