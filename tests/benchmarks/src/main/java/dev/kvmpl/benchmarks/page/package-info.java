/** Results as a page with charts. */
@NullMarked
package dev.kvmpl.benchmarks.page;

import org.jspecify.annotations.NullMarked;
