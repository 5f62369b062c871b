/** From a description to a machine that is ready to run. */
@NullMarked
package dev.kvmpl.linux.launch;

import org.jspecify.annotations.NullMarked;
