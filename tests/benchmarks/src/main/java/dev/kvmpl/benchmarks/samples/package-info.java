/** Times that benchmarks take by themselves. */
@NullMarked
package dev.kvmpl.benchmarks.samples;

import org.jspecify.annotations.NullMarked;
