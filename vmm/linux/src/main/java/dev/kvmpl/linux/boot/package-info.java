/** How a Linux kernel gets into memory and starts: pure but for the memory that it writes. */
@NullMarked
package dev.kvmpl.linux.boot;

import org.jspecify.annotations.NullMarked;
