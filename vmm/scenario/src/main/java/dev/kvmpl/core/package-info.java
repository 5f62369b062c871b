// SPDX-License-Identifier: Apache-2.0
/** What is left of a machine that has not completed, as ELF core files that a debugger opens. */
@NullMarked
package dev.kvmpl.core;

import org.jspecify.annotations.NullMarked;
