/** Reports of runs. */
@NullMarked
package dev.kvmpl.tests.report;

import org.jspecify.annotations.NullMarked;
