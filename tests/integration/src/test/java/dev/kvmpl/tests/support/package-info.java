/** What the tests have in common. */
@NullMarked
package dev.kvmpl.tests.support;

import org.jspecify.annotations.NullMarked;
