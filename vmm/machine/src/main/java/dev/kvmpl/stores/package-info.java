// SPDX-License-Identifier: Apache-2.0
/** What is known of a store that was caught: what KVM told of it, and which instruction it was. */
@NullMarked
package dev.kvmpl.stores;

import org.jspecify.annotations.NullMarked;
