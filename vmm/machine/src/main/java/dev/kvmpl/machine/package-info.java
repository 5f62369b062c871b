/**
 * A machine of several levels: its memory, its planes, its two vCPUs on threads of their own, of
 * which one runs at a time, and what is done with each of their exits.
 */
@NullMarked
package dev.kvmpl.machine;

import org.jspecify.annotations.NullMarked;
