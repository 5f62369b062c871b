/** The command, as a process. */
@NullMarked
package dev.kvmpl.tests.cli;

import org.jspecify.annotations.NullMarked;
