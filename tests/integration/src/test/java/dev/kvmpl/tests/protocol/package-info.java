/** What guests and hypervisor say to each other; no device needed. */
@NullMarked
package dev.kvmpl.tests.protocol;

import org.jspecify.annotations.NullMarked;
