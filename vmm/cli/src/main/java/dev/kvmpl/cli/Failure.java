// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.cli.hosts.GuestToolException;
import dev.kvmpl.cli.terminal.ExitStatus;
import dev.kvmpl.cli.terminal.OutputException;
import dev.kvmpl.kvm.host.OneLine;
import dev.kvmpl.kvm.host.UnusableHostException;
import dev.kvmpl.scenario.ScenarioException;
import java.io.PrintWriter;

/** What is said of whatever ended a command, in one line, and the exit status. */
final class Failure {
  /** Stack traces, and the log of what kvmpl does, on stderr. */
  static final boolean DEBUG = "1".equals(System.getenv("KVMPL_DEBUG"));

  private Failure() {}

  /** Says it on {@code err}. */
  static ExitStatus report(Throwable failure, PrintWriter err) {
    ExitStatus status = status(failure);
    if (status != ExitStatus.CLOSED_PIPE) {
      err.println(OneLine.of(line(failure)));
    }
    if (DEBUG) {
      failure.printStackTrace(err);
    }
    err.flush();
    return status;
  }

  private static ExitStatus status(Throwable failure) {
    return switch (failure) {
      case ScenarioException ignored -> ExitStatus.USAGE;
      case UnusableHostException ignored -> ExitStatus.UNUSABLE_HOST;
      case GuestToolException ignored -> ExitStatus.UNUSABLE_HOST;
      case SyscallException call when call.isHosts() -> ExitStatus.UNUSABLE_HOST;
      case OutOfMemoryError error when isThreads(error) -> ExitStatus.UNUSABLE_HOST;
      case OutputException output when output.isClosedPipe() -> ExitStatus.CLOSED_PIPE;
      default -> ExitStatus.FAILED;
    };
  }

  private static String line(Throwable failure) {
    return switch (failure) {
      case ScenarioException wrong -> String.valueOf(wrong.getMessage());
      case UnusableHostException cannot -> "kvmpl: " + cannot.getMessage();
      case GuestToolException cannot -> "kvmpl: " + cannot.getMessage();
      case SyscallException call when call.isHosts() -> "kvmpl: " + call.getMessage();
      case OutputException output -> "kvmpl: " + output.getMessage();
      case OutOfMemoryError error when isThreads(error) ->
          "kvmpl: no more threads: raise the limit of this user (ulimit -u) or of its container"
              + " (pids.max)";
      case OutOfMemoryError ignored ->
          "kvmpl: more memory needed than Java has: give it more (KVMPL_JAVA_OPTS=-Xmx512m)";
      default ->
          "kvmpl: internal failure, please report it with what KVMPL_DEBUG=1 adds: " + failure;
    };
  }

  private static boolean isThreads(OutOfMemoryError error) {
    return String.valueOf(error.getMessage()).contains("native thread");
  }
}
