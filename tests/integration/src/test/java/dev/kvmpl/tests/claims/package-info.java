@NullMarked
package dev.kvmpl.tests.claims;

import org.jspecify.annotations.NullMarked;
