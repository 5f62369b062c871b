// SPDX-License-Identifier: Apache-2.0
/** Which instruction it was, by made-up exits. */
@NullMarked
package dev.kvmpl.stores;

import org.jspecify.annotations.NullMarked;
