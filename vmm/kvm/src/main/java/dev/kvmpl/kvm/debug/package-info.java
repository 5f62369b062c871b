/** Debugging a guest: its own debug registers, and a debugger's breakpoints and single steps. */
@NullMarked
package dev.kvmpl.kvm.debug;

import org.jspecify.annotations.NullMarked;
