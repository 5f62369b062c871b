/** Whole machines, on the real device: one behaviour a file. */
@NullMarked
package dev.kvmpl.tests.machine;

import org.jspecify.annotations.NullMarked;
