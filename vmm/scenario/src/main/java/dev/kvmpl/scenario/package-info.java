/** Scenario files: from YAML to a machine, and what must have happened when it has run. */
@NullMarked
package dev.kvmpl.scenario;

import org.jspecify.annotations.NullMarked;
