/** Files of all kinds: what is read is right, or refused in one line. */
@NullMarked
package dev.kvmpl.tests.fuzz;

import org.jspecify.annotations.NullMarked;
