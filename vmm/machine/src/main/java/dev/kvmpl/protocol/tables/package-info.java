/** The tables that VMPL0 decides by, as the hypervisor writes them before launch. */
@NullMarked
package dev.kvmpl.protocol.tables;

import org.jspecify.annotations.NullMarked;
