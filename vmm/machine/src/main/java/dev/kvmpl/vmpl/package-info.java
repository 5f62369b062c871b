/**
 * Levels, what each may do with each page, and how KVM is made to enforce it. {@link
 * dev.kvmpl.vmpl.Rmp} decides; {@link dev.kvmpl.vmpl.SlotTable} turns one level's column of it into
 * memory slots; {@link dev.kvmpl.vmpl.Plane} is the level's VM, whose slots follow.
 */
@NullMarked
package dev.kvmpl.vmpl;

import org.jspecify.annotations.NullMarked;
