/** The documentation: its commands do what it says. */
@NullMarked
package dev.kvmpl.tests.docs;

import org.jspecify.annotations.NullMarked;
