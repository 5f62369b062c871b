// SPDX-License-Identifier: Apache-2.0
/** JSON schemas of what kvmpl reads and writes. */
@NullMarked
package dev.kvmpl.schema;

import org.jspecify.annotations.NullMarked;
