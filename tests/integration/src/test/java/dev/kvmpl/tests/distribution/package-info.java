/** What is given to people without a source tree. */
@NullMarked
package dev.kvmpl.tests.distribution;

import org.jspecify.annotations.NullMarked;
