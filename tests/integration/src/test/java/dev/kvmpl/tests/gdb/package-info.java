/** GDB's remote protocol. */
@NullMarked
package dev.kvmpl.tests.gdb;

import org.jspecify.annotations.NullMarked;
