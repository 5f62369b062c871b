/** {@code ./kvmpl bench} as users start it. */
@NullMarked
package dev.kvmpl.tests.bench;

import org.jspecify.annotations.NullMarked;
