// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

import dev.kvmpl.vmpl.Vmpl;

/** Something that VMPL0 is asked by its processor's request page. */
public interface Question {
  /** The level that VMPL0 has to run to say that it has answered. */
  Vmpl level();

  /** Acts on the answer, and says what comes next on this processor. */
  Turn answered();
}
