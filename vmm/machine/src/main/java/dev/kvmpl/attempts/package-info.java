// SPDX-License-Identifier: Apache-2.0
/** What was caught: judged once by VMPL0, carried out whole or not at all. */
@NullMarked
package dev.kvmpl.attempts;

import org.jspecify.annotations.NullMarked;
