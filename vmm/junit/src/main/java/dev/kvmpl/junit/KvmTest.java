// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that needs /dev/kvm. It may have these parameters, which are closed when it ends:
 *
 * <ul>
 *   <li>{@link dev.kvmpl.kvm.Kvm}: the device;
 *   <li>{@link KvmMachines}: makes machines of descriptions;
 *   <li>{@link KvmMachine}: the {@link #scenario}'s machine, which has not run;
 *   <li>{@link KvmRun}: what running it came to.
 * </ul>
 *
 * Where KVM cannot be used the test is skipped, with the reason; if the configuration parameter
 * {@code kvmpl.required} is {@code true}, or {@code KVMPL_REQUIRE_KVM=1} is in the environment, it
 * fails. When it fails, each machine that it has run is attached: {@code run-1.html}, a page to
 * look at, {@code run-1.json} for Perfetto, {@code run-1.txt}.
 */
@Documented
@Test
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(KvmExtension.class)
public @interface KvmTest {
  /**
   * A scenario file, by its path from the working directory, or by its name as a resource beside
   * the test's class; empty if the test makes its machines itself.
   */
  String scenario() default "";
}
