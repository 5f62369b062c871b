/** A run as a document: for people, and as JSON. */
@NullMarked
package dev.kvmpl.report;

import org.jspecify.annotations.NullMarked;
