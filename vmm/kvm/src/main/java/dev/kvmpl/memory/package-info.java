/**
 * Guest memory: one memfd, mapped once, seen by every level's VM; memory that only guests have; the
 * log of what guests write.
 *
 * {@snippet id="DirtyPages" :
 * vm.setSlot(1, 0x200000, memory, 0, memory.size(), SlotMode.LOGGED);
 * vcpu.run();
 * System.out.println("written: pages " + vm.dirtyPages(1));
 * }
 */
@NullMarked
package dev.kvmpl.memory;

import org.jspecify.annotations.NullMarked;
