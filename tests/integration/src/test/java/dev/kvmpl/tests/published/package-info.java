/** What other projects take from this one: POMs, dependencies. */
@NullMarked
package dev.kvmpl.tests.published;

import org.jspecify.annotations.NullMarked;
