/** The command {@code ./kvmpl bench}. */
@NullMarked
package dev.kvmpl.benchmarks.command;

import org.jspecify.annotations.NullMarked;
