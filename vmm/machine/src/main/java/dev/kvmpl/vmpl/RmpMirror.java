// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.vmpl;

/** Is told of every change of an {@link Rmp}, before the level that made it runs on. */
@FunctionalInterface
public interface RmpMirror {
  /** Keeps nothing. */
  RmpMirror NONE = (page, permissions) -> {};

  /**
   * What RMPQUERY would say of a page now.
   *
   * @param permissions of level n in bits 4n+3..4n, 0 for all if the page is not the guest's or not
   *     validated
   */
  void changed(int page, int permissions);
}
