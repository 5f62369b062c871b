/**
 * A run in time: who ran, what was judged, which permissions changed and when, and the source line
 * behind each address.
 */
@NullMarked
package dev.kvmpl.timeline;

import org.jspecify.annotations.NullMarked;
