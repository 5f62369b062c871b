/** Guest memory and page ranges. */
@NullMarked
package dev.kvmpl.tests.memory;

import org.jspecify.annotations.NullMarked;
