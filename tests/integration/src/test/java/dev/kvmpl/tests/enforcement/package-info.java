/** How permissions are made to bind; no device needed. */
@NullMarked
package dev.kvmpl.tests.enforcement;

import org.jspecify.annotations.NullMarked;
