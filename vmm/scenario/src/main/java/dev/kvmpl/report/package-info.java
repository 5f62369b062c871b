/** What the documents of a run share. */
@NullMarked
package dev.kvmpl.report;

import org.jspecify.annotations.NullMarked;
