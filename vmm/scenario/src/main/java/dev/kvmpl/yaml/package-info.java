// SPDX-License-Identifier: Apache-2.0
/** YAML files of which every value knows its line. */
@NullMarked
package dev.kvmpl.yaml;

import org.jspecify.annotations.NullMarked;
