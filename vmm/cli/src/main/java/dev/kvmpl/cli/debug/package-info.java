// SPDX-License-Identifier: Apache-2.0
/**
 * What a debugger gets of a machine: a server while it runs, a core of each level once it has
 * failed.
 */
@NullMarked
package dev.kvmpl.cli.debug;

import org.jspecify.annotations.NullMarked;
