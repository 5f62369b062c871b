// SPDX-License-Identifier: Apache-2.0
/** What instructions store, read from their bytes. Pure: no KVM, no memory, no allocation. */
@NullMarked
package dev.kvmpl.decode;

import org.jspecify.annotations.NullMarked;
