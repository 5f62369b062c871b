// SPDX-License-Identifier: Apache-2.0
/** What enforcements are made of. */
@NullMarked
package dev.kvmpl.enforcement;

import org.jspecify.annotations.NullMarked;
