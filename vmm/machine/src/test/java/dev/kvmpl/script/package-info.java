// SPDX-License-Identifier: Apache-2.0
/** Machines without a VM: their exits are made up by tests. */
@NullMarked
package dev.kvmpl.script;

import org.jspecify.annotations.NullMarked;
