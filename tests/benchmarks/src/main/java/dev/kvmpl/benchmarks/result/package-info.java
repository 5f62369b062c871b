/** What was measured, where, and what it says beside another result. */
@NullMarked
package dev.kvmpl.benchmarks.result;

import org.jspecify.annotations.NullMarked;
