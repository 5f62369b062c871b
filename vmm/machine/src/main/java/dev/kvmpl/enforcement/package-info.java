// SPDX-License-Identifier: Apache-2.0
/** How the permissions of the database bind in KVM, in a virtual machine a level. */
@NullMarked
package dev.kvmpl.enforcement;

import org.jspecify.annotations.NullMarked;
