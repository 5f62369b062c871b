/** What the guest's own agent tells, and which task runs. */
@NullMarked
package dev.kvmpl.linux.agent;

import org.jspecify.annotations.NullMarked;
