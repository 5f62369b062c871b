/** What is closed of Linux's memory, by its virtual addresses. */
@NullMarked
package dev.kvmpl.linux.protection;

import org.jspecify.annotations.NullMarked;
