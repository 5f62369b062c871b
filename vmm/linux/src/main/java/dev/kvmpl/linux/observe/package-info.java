/** Whoever watches what Linux tries. */
@NullMarked
package dev.kvmpl.linux.observe;

import org.jspecify.annotations.NullMarked;
