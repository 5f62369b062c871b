// SPDX-License-Identifier: Apache-2.0
/** From a description to a machine that is ready to run, in stages. */
@NullMarked
package dev.kvmpl.launch;

import org.jspecify.annotations.NullMarked;
