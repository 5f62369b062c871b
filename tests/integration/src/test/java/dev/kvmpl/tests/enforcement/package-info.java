/** Permissions, their rules, and the slots planned from them; no device needed. */
@NullMarked
package dev.kvmpl.tests.enforcement;

import org.jspecify.annotations.NullMarked;
