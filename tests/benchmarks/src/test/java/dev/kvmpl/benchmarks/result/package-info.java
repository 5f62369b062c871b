/** Tests of what results say. */
@NullMarked
package dev.kvmpl.benchmarks.result;

import org.jspecify.annotations.NullMarked;
