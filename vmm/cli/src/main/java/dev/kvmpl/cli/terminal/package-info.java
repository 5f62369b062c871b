/** What the command reads from and writes to: the terminal, files, its exit status. */
@NullMarked
package dev.kvmpl.cli.terminal;

import org.jspecify.annotations.NullMarked;
