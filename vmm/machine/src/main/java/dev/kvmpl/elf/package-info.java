/** ELF files, as far as they are loaded: their headers. Imports the bindings alone. */
@NullMarked
package dev.kvmpl.elf;

import org.jspecify.annotations.NullMarked;
