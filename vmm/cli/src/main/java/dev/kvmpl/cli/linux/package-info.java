/** Linux guests that commands boot. */
@NullMarked
package dev.kvmpl.cli.linux;

import org.jspecify.annotations.NullMarked;
