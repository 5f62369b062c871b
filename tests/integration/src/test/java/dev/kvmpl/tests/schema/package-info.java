// SPDX-License-Identifier: Apache-2.0
/** Schemas, compared with what they describe. */
@org.jspecify.annotations.NullMarked
package dev.kvmpl.tests.schema;
