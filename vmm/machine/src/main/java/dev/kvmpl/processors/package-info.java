// SPDX-License-Identifier: Apache-2.0
/** The processors of the guest, their vCPUs, one a level, and how they take turns. */
@NullMarked
package dev.kvmpl.processors;

import org.jspecify.annotations.NullMarked;
