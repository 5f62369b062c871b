// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.decode;

/**
 * Every place in memory that an instruction of 64-bit mode says it accesses, in the order in which
 * a CPU does: what it loads, then what it stores to. Which instructions these are {@link LoadForms}
 * and {@link StoreForms} say. Does not allocate. Not thread-safe.
 */
public final class Operands {
  /** The most that there can be. */
  public static final int MAX = 3;

  private final OperandDecoder stores = OperandDecoder.ofStores();
  private final OperandDecoder[] decoders = {
    OperandDecoder.ofLoads(), OperandDecoder.ofSecondLoads(), stores
  };
  private final OperandDecoder[] found = new OperandDecoder[MAX];
  private int count;

  /** Nothing has been decoded. */
  public Operands() {}

  /**
   * Decodes the instruction that starts at {@code bytes[from]}.
   *
   * @param to where the bytes end that may belong to it
   * @return false if it accesses no memory, or is not known, or does not end before {@code to}
   */
  public boolean decode(byte[] bytes, int from, int to) {
    count = 0;
    for (OperandDecoder decoder : decoders) {
      if (decoder.decode(bytes, from, to)) {
        found[count++] = decoder;
      }
    }
    return count > 0;
  }

  /** How many there are. */
  public int count() {
    return count;
  }

  /** The instruction with one of them: valid until the next call of {@link #decode}. */
  public MemoryInstruction operand(int number) {
    return found[number].instruction();
  }

  /** Whether it stores there; it may have loaded from there before. */
  public boolean isStore(int number) {
    return found[number] == stores;
  }
}
