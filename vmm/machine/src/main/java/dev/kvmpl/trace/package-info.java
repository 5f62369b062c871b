/** The steps of a run. */
@NullMarked
package dev.kvmpl.trace;

import org.jspecify.annotations.NullMarked;
