/** KVM's objects, on the real device: one behaviour a file. */
@NullMarked
package dev.kvmpl.tests.kvm;

import org.jspecify.annotations.NullMarked;
