/** Permissions and their rules; no device needed, but for the opcodes. */
@NullMarked
package dev.kvmpl.tests.vmpl;

import org.jspecify.annotations.NullMarked;
