/** A run as a page of its own. */
@NullMarked
package dev.kvmpl.report.page;

import org.jspecify.annotations.NullMarked;
