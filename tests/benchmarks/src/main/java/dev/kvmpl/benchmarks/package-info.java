/** What kvmpl costs, as ratios to a C program that makes the same system calls. */
@NullMarked
package dev.kvmpl.benchmarks;

import org.jspecify.annotations.NullMarked;
