/**
 * What happened: steps, operations, and the documents that show them. Imports nothing of kvmpl's
 * but the ABI.
 */
@NullMarked
package dev.kvmpl.trace;

import org.jspecify.annotations.NullMarked;
