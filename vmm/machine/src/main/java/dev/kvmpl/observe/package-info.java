// SPDX-License-Identifier: Apache-2.0
/** What happens in a machine, told to whoever wants to know. */
@NullMarked
package dev.kvmpl.observe;

import org.jspecify.annotations.NullMarked;
