// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.guest;

/** A program that does nothing: what starting a JVM costs. */
public final class Nothing {
  private Nothing() {}

  /** Nothing. */
  public static void main(String[] arguments) {}
}
