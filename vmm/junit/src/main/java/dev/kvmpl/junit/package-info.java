/**
 * JUnit tests with machines in them:
 *
 * <pre>{@code
 * @KvmTest(scenario = "scenario.yaml")
 * void thirdCell_isTheLast(KvmRun run) {
 *   run.completed()
 *       .verdict("counter", 0x1002000, "allowed")
 *       .verdict("counter", 0x1003000, "quota")
 *       .status("counter", 3);
 * }
 * }</pre>
 */
@NullMarked
package dev.kvmpl.junit;

import org.jspecify.annotations.NullMarked;
