/** Pages of reports in a browser. */
@NullMarked
package dev.kvmpl.tests.browser;

import org.jspecify.annotations.NullMarked;
