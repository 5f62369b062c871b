/**
 * The published claims, each with the evidence for it in the trace of a run. A claim names the
 * steps that have to be there, by whom and in which order; what is not in the trace did not happen.
 */
@NullMarked
package dev.kvmpl.claims;

import org.jspecify.annotations.NullMarked;
