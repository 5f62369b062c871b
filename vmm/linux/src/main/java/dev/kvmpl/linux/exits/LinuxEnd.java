// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.exits;

import dev.kvmpl.linux.devices.PowerButton;
import dev.kvmpl.observe.Outcome;
import org.jspecify.annotations.Nullable;

/** How a machine ends: the first reason counts. Belongs to the machine's lock. */
public final class LinuxEnd implements PowerButton {
  private @Nullable Ending ending;

  /**
   * How a machine ended.
   *
   * @param message empty if the guest switched itself off
   */
  public record Ending(Outcome outcome, String message) {}

  /** Null while it has not. */
  public @Nullable Ending ending() {
    return ending;
  }

  @Override
  public void powerOff() {
    end(Outcome.COMPLETED, "");
  }

  @Override
  public void reset() {
    end(Outcome.FAILED, "the guest started anew: a panic, of which its console tells, or a reboot");
  }

  public void failed(String message) {
    end(Outcome.FAILED, message);
  }

  private void end(Outcome outcome, String message) {
    if (ending == null) {
      ending = new Ending(outcome, message);
    }
  }
}
