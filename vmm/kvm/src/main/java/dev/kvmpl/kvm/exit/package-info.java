/** Why vCPUs stop: the exits of the API document for x86, each with its fields. */
@NullMarked
package dev.kvmpl.kvm.exit;

import org.jspecify.annotations.NullMarked;
