// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.script;

import dev.kvmpl.processors.ExitHandler;
import dev.kvmpl.processors.HandOver;
import dev.kvmpl.processors.LevelVcpu;
import java.util.List;

/** Nothing runs by itself: whose turn it is, is written down. */
final class ManualTurns implements HandOver {
  private int turn = NOBODY;

  @Override
  public int turn() {
    return turn;
  }

  @Override
  public void pass(int level) {
    turn = level;
  }

  @Override
  public void start(List<LevelVcpu> vcpus, ExitHandler handler, Runnable ended) {}

  @Override
  public void end() {}

  @Override
  public void stop() {}
}
