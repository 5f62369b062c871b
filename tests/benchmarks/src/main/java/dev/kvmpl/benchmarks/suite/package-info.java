/** The benchmarks: each a class of JMH's. */
@NullMarked
package dev.kvmpl.benchmarks.suite;

import org.jspecify.annotations.NullMarked;
