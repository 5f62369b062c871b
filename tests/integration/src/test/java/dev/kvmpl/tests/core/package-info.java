// SPDX-License-Identifier: Apache-2.0
/** Cores of machines that have not completed. */
@org.jspecify.annotations.NullMarked
package dev.kvmpl.tests.core;
