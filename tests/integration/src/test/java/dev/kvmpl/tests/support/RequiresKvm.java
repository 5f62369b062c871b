// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.support;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests that need /dev/kvm. Where it cannot be used they are skipped, and the reason is in the
 * report; with {@code KVMPL_REQUIRE_KVM=1} in the environment they fail instead.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresKvmCondition.class)
public @interface RequiresKvm {}
