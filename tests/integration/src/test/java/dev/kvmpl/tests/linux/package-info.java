/** Linux at VMPL1, on hosts that have a kernel for it. */
@NullMarked
package dev.kvmpl.tests.linux;

import org.jspecify.annotations.NullMarked;
