/** Running benchmarks in turn with the C program, and what runs them. */
@NullMarked
package dev.kvmpl.benchmarks.run;

import org.jspecify.annotations.NullMarked;
