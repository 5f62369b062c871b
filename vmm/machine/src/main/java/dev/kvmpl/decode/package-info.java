// SPDX-License-Identifier: Apache-2.0
/** What instructions access, read from their bytes, and where guests' tables lead. Pure: no KVM. */
@NullMarked
package dev.kvmpl.decode;

import org.jspecify.annotations.NullMarked;
