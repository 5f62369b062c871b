/**
 * Levels, and what each may do with each page: {@link dev.kvmpl.vmpl.Rmp} decides, {@link
 * dev.kvmpl.vmpl.GrantLedger} knows what was granted in it.
 */
@NullMarked
package dev.kvmpl.vmpl;

import org.jspecify.annotations.NullMarked;
