// SPDX-License-Identifier: Apache-2.0
/** Decoding of storing instructions, compared with what binutils says of them. */
@NullMarked
package dev.kvmpl.tests.decode;

import org.jspecify.annotations.NullMarked;
