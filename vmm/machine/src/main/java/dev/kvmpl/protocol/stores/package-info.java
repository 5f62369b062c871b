/** VMPL0's table of what is closed in a kernel whose drivers are its own code, and its answers. */
@NullMarked
package dev.kvmpl.protocol.stores;

import org.jspecify.annotations.NullMarked;
