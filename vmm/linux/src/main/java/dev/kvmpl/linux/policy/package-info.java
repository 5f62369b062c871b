/** What of a Linux kernel is protected, and what becomes of whose stores. */
@NullMarked
package dev.kvmpl.linux.policy;

import org.jspecify.annotations.NullMarked;
