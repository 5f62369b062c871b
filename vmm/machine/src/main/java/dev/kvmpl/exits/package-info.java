// SPDX-License-Identifier: Apache-2.0
/** What is done with each exit of a vCPU. */
@NullMarked
package dev.kvmpl.exits;

import org.jspecify.annotations.NullMarked;
