/** What a command takes. */
@NullMarked
package dev.kvmpl.cli.options;

import org.jspecify.annotations.NullMarked;
