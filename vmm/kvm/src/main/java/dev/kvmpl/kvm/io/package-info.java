/** Accesses to ports and memory that need no exit: event fds, and writes that KVM collects. */
@NullMarked
package dev.kvmpl.kvm.io;

import org.jspecify.annotations.NullMarked;
