// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.kvmpl.benchmarks.run;

import org.jspecify.annotations.NullMarked;
