/** The system calls, each written once, and what they hand out. */
@org.jspecify.annotations.NullMarked
package dev.kvmpl.bindings;
