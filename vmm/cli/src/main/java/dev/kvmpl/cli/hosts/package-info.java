/**
 * What of the host the command uses: its device, emulated hosts, kernels and modules for guests.
 */
@NullMarked
package dev.kvmpl.cli.hosts;

import org.jspecify.annotations.NullMarked;
