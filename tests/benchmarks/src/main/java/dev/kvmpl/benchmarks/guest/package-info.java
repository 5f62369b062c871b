/** Guests, machines and threads that benchmarks need. */
@NullMarked
package dev.kvmpl.benchmarks.guest;

import org.jspecify.annotations.NullMarked;
