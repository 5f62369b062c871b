// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.terminal;

/** The exit statuses of the command; docs/cli.md lists them. */
public enum ExitStatus {
  /** Done, and every expectation held. */
  DONE(0),
  /** kvmpl or a machine failed. */
  FAILED(1),
  /** Wrong usage, or a wrong scenario file. */
  USAGE(2),
  /** This host cannot run kvmpl. */
  UNUSABLE_HOST(3),
  /** Something expected did not happen. */
  NOT_HELD(4),
  /** The time limit came first. */
  TIMED_OUT(5),
  /** Nobody reads the output any more: as of a process that SIGPIPE ended. */
  CLOSED_PIPE(128 + 13);

  private final int code;

  ExitStatus(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }
}
