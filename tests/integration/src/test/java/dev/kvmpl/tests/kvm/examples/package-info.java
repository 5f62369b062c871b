/**
 * The examples in the Javadoc of KVM's packages: compiled, run, and compared with what is there.
 */
@NullMarked
package dev.kvmpl.tests.kvm.examples;

import org.jspecify.annotations.NullMarked;
