// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

/** What a vCPU's thread does after an exit has been handled. */
public enum Next {
  /** Run this vCPU on. */
  RESUME,
  /** Run the vCPU whose turn it is, which may be this one. */
  TAKE_TURNS,
  /** The machine has ended. */
  STOP
}
