/** Who stores in a Linux kernel: symbols, modules, and whose an instruction is. */
@NullMarked
package dev.kvmpl.linux.writers;

import org.jspecify.annotations.NullMarked;
