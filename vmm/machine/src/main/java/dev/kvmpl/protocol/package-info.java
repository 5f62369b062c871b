/**
 * What guests and hypervisor say to each other: views of the pages in guest memory, and the meaning
 * of numbers. Layouts and constants are {@code include/kvmpl/abi.h}'s. Whoever reads a page that a
 * level below VMPL0 can write has to take it for hostile.
 */
@NullMarked
package dev.kvmpl.protocol;

import org.jspecify.annotations.NullMarked;
