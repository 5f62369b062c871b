/** Tests of the page. */
@NullMarked
package dev.kvmpl.benchmarks.page;

import org.jspecify.annotations.NullMarked;
