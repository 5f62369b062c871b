// SPDX-License-Identifier: Apache-2.0
/** Machines with Linux without a VM: their exits are made up by tests. */
@NullMarked
package dev.kvmpl.linux.script;

import org.jspecify.annotations.NullMarked;
