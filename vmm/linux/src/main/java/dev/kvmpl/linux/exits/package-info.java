/** Linux's exits, its devices among them, and how its machine ends. */
@NullMarked
package dev.kvmpl.linux.exits;

import org.jspecify.annotations.NullMarked;
