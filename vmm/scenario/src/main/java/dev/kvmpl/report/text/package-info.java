/** A run, or what has been shown, for people at a terminal. */
@NullMarked
package dev.kvmpl.report.text;

import org.jspecify.annotations.NullMarked;
