/** What Linux tried to store in closed memory: judged once, stored or refused once. */
@NullMarked
package dev.kvmpl.linux.attempts;

import org.jspecify.annotations.NullMarked;
