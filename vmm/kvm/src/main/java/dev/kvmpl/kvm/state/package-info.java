/** A vCPU's state, each part a value with every register by its name. */
@NullMarked
package dev.kvmpl.kvm.state;

import org.jspecify.annotations.NullMarked;
