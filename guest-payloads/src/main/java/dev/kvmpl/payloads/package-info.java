/** The payloads that come with kvmpl. */
@org.jspecify.annotations.NullMarked
package dev.kvmpl.payloads;
