/** The command line. */
@NullMarked
package dev.kvmpl.cli;

import org.jspecify.annotations.NullMarked;
