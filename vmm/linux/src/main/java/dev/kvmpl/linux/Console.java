// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux;

/**
 * The other end of a machine's serial line. Called by the vCPUs' threads under the machine's lock.
 */
public interface Console {
  /** A byte that the guest has sent. */
  void sent(int value);

  /** A moment in which nothing comes: what was sent can be shown. */
  void pause();
}
