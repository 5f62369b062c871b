/** A run as JSON, and its trace for viewers of such. */
@NullMarked
package dev.kvmpl.report.json;

import org.jspecify.annotations.NullMarked;
