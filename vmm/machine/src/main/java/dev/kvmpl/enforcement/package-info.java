// SPDX-License-Identifier: Apache-2.0
/** How the permissions of the database bind: by memory slots of a virtual machine a level. */
@NullMarked
package dev.kvmpl.enforcement;

import org.jspecify.annotations.NullMarked;
