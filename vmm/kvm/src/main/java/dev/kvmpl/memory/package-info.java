/** Guest memory: one memfd, mapped once, seen by every level's VM. */
@NullMarked
package dev.kvmpl.memory;

import org.jspecify.annotations.NullMarked;
