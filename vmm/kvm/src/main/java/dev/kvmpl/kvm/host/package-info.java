/** What this host is, and who may use its KVM, without opening it. */
@NullMarked
package dev.kvmpl.kvm.host;

import org.jspecify.annotations.NullMarked;
