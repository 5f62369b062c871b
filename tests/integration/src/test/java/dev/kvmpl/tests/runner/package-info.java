// SPDX-License-Identifier: Apache-2.0
/**
 * {@code ./kvmpl test}: which tests run where, what is printed of them, and how they are counted.
 */
@NullMarked
package dev.kvmpl.tests.runner;

import org.jspecify.annotations.NullMarked;
