// SPDX-License-Identifier: Apache-2.0
/** Every kind of store, caught or not, against the same instruction where nobody is in its way. */
@NullMarked
package dev.kvmpl.tests.stores;

import org.jspecify.annotations.NullMarked;
