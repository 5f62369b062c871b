// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.observe;

/** Is told of each attempt once it has been judged, under the machine's lock: copy and return. */
@FunctionalInterface
public interface AttemptObserver {
  /** One that has been judged. */
  void judged(Attempt attempt);
}
