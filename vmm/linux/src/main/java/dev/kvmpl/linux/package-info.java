/** A machine with Linux at VMPL1 and a validator at VMPL0. */
@NullMarked
package dev.kvmpl.linux;

import org.jspecify.annotations.NullMarked;
