// SPDX-License-Identifier: Apache-2.0
/** Every order of what four processors do, against a model of the machine. */
@NullMarked
package dev.kvmpl.orders;

import org.jspecify.annotations.NullMarked;
