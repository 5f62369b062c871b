/**
 * Guest memory: one memfd, mapped once, seen by every level's VM; memory that only guests have; the
 * log of what guests write.
 */
@NullMarked
package dev.kvmpl.memory;

import org.jspecify.annotations.NullMarked;
