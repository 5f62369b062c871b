/**
 * The face of it all: a machine is built from a description, runs once, and says what came of it.
 */
@NullMarked
package dev.kvmpl.machine;

import org.jspecify.annotations.NullMarked;
