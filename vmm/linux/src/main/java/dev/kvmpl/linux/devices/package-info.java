/** What a Linux guest finds at its ports. Each device is tested by scripts of accesses. */
@NullMarked
package dev.kvmpl.linux.devices;

import org.jspecify.annotations.NullMarked;
