// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;

/** What a level may do with each page. */
@FunctionalInterface
public interface PageAccess {
  /** With one page, by its number. */
  SlotAccess at(int page);

  /** What a level's column of the database comes to. */
  static PageAccess of(Rmp rmp, Vmpl level) {
    return page -> SlotAccess.of(rmp.access(page, level));
  }
}
