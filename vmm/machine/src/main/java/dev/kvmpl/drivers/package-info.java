// SPDX-License-Identifier: Apache-2.0
/** Who a vCPU belongs to: the guest kernel, or a driver for a part of its life. */
@NullMarked
package dev.kvmpl.drivers;

import org.jspecify.annotations.NullMarked;
