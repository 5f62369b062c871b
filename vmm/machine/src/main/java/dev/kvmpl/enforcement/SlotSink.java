// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

/** Where a plan of slots is carried out: a VM, or a test. */
public interface SlotSink {
  /** Deletes a slot that was created. */
  void delete(int slot);

  /**
   * Creates a slot.
   *
   * @param slot a number that is free
   * @param firstPage the first page's number
   * @param pages how many
   */
  void create(int slot, int firstPage, int pages, boolean readOnly);
}
