// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.support;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests that need a program on the machine, which {@code ./kvmpl test} installs where it may. Where
 * there is none they are skipped, and the reason is in the report; with {@code
 * KVMPL_REQUIRE_TOOLS=1} in the environment they fail instead.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresProgramCondition.class)
public @interface RequiresProgram {
  /** Its name. */
  String value();
}
