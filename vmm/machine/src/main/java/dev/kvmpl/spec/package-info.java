// SPDX-License-Identifier: Apache-2.0
/** What a machine is made of: values that nobody changes, checked once. */
@NullMarked
package dev.kvmpl.spec;

import org.jspecify.annotations.NullMarked;
