// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

/**
 * By what one level's permissions bind. The database is the authority: an enforcement follows it,
 * and nothing else changes what it has made of it. Belongs to the machine's lock.
 *
 * <p>What it does not allow ends KVM_RUN. Who carries it out if it is allowed then, the exit says:
 * after an MMIO exit the hypervisor, once, since KVM has retired the instruction; after any other
 * the CPU, which is still at it.
 */
public interface Enforcement extends AutoCloseable {
  /** What {@link #nextBehind} answers if nothing is. */
  int NOTHING = -1;

  /**
   * Whether the level's vCPUs have to be outside of the guest while it {@link #follow}s a change of
   * pages {@code [from, to)}.
   */
  boolean needsQuiet(int from, int to);

  /**
   * Whether it can follow a change that gives the level {@code access}, of {@link
   * dev.kvmpl.vmpl.PagePermissions}, on pages {@code [from, to)}. Taking back what was given is
   * always possible.
   *
   * @param from a page's number
   * @param to one past the last page's number
   */
  boolean hasRoom(int from, int to, int access);

  /**
   * Lets the level have another number of the pieces that {@link #hasRoom} counts than the host.
   *
   * @param pieces the most that there may be
   */
  void limit(int pieces);

  /**
   * Makes the permissions bind after pages {@code [from, to)} changed in the database. Does not
   * allocate, but to grow.
   *
   * @return whether a page may be open now that was not before
   * @throws dev.kvmpl.bindings.SyscallException if the host refuses: the level's permissions bind
   *     no longer as the database says, and none of its vCPUs may run any more
   */
  boolean follow(int from, int to);

  /**
   * The first page at or after {@code from} that the database has opened and that is not open yet,
   * or {@link #NOTHING}. An enforcement that is not lazy has none.
   */
  default int nextBehind(int from) {
    return NOTHING;
  }

  /**
   * Opens what is behind of pages {@code [from, to)}, while the level's vCPUs are outside of the
   * guest. Errors as in {@link #follow}.
   */
  default void catchUp(int from, int to) {}

  /** Gives up what it has, after the level's VM has been closed. */
  @Override
  void close();
}
