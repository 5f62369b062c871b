/** The JUnit extension. */
@NullMarked
package dev.kvmpl.tests.junit;

import org.jspecify.annotations.NullMarked;
