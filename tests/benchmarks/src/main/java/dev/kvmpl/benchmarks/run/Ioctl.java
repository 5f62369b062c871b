// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.run;

/**
 * One ioctl(2) of somebody's.
 *
 * @param thread who makes it; the number is the process's own
 * @param descriptor what it is made on; the number is the process's own
 * @param given what the kernel is given, hexadecimal: a number, or the bytes of a structure
 */
record Ioctl(long thread, int descriptor, long request, String given) {
  /** A line of the C program's. */
  static Ioctl parse(String line) {
    String[] fields = line.split(" ", -1);
    return new Ioctl(
        Long.parseLong(fields[0]),
        Integer.parseInt(fields[1]),
        Long.parseLong(fields[2], 16),
        fields[3]);
  }
}
