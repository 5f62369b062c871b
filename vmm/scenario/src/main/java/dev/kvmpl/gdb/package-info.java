/** GDB's remote protocol: a machine's vCPUs are threads of one process. */
@NullMarked
package dev.kvmpl.gdb;

import org.jspecify.annotations.NullMarked;
