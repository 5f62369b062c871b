/** What a machine with Linux is made of. */
@NullMarked
package dev.kvmpl.linux.spec;

import org.jspecify.annotations.NullMarked;
