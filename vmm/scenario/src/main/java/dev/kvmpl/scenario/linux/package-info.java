/** What is wanted of a Linux guest, from its file. */
@NullMarked
package dev.kvmpl.scenario.linux;

import org.jspecify.annotations.NullMarked;
