// SPDX-License-Identifier: Apache-2.0
/** Policy watch: what would be refused is told, and happens all the same. */
@org.jspecify.annotations.NullMarked
package dev.kvmpl.tests.watch;
