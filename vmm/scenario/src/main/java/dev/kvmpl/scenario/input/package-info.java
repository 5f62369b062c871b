/** What readers of scenarios and of policies share: files, payloads, ranges. */
@NullMarked
package dev.kvmpl.scenario.input;

import org.jspecify.annotations.NullMarked;
