// SPDX-License-Identifier: Apache-2.0
/** Where a vCPU's registers are at the moment: with KVM, or in the run area. */
@NullMarked
package dev.kvmpl.kvm.sync;

import org.jspecify.annotations.NullMarked;
