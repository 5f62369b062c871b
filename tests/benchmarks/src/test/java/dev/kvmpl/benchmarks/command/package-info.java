/** Tests of the command. */
@NullMarked
package dev.kvmpl.benchmarks.command;

import org.jspecify.annotations.NullMarked;
