/** Scenario files and what they expect. */
@NullMarked
package dev.kvmpl.tests.scenario;

import org.jspecify.annotations.NullMarked;
