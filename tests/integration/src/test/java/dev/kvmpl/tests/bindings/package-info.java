/** The generated bindings say what the C headers say. */
@NullMarked
package dev.kvmpl.tests.bindings;

import org.jspecify.annotations.NullMarked;
