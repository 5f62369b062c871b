/**
 * What every handle of KVM's has: its file descriptor with raw capabilities and ioctls, structs
 * that are got and set, and counters to be told by.
 */
@NullMarked
package dev.kvmpl.kvm.fd;

import org.jspecify.annotations.NullMarked;
