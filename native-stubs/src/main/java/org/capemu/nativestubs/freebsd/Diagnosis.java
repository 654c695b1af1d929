package org.capemu.nativestubs.freebsd;

import java.io.IOException;

/** Why a program cannot be traced, in one line that says what to do about it. */
final class Diagnosis {
  private Diagnosis() {}

  /** The same as an exception. */
  static IOException exception(String what, int errno, boolean mayDebug, String system) {
    String line = of(what, errno, mayDebug, system);
    return errno == FreeBsdErrno.ESRCH ? new ProcessGoneException(line) : new IOException(line);
  }

  /**
   * @param what the program or process
   * @param errno of the host that was to trace it
   * @param mayDebug security.bsd.unprivileged_proc_debug, or the superuser
   * @param system of that host
   */
  static String of(String what, int errno, boolean mayDebug, String system) {
    if (!system.startsWith("FreeBSD")) {
      return what + ": capemu-stub runs on " + system + ", it can trace on FreeBSD only";
    }
    return what
        + ": "
        + switch (errno) {
          case FreeBsdErrno.EPERM ->
              mayDebug
                  ? "no permission to trace it: it belongs to another user, or changed its identity"
                  : "no permission to trace: sysctl security.bsd.unprivileged_proc_debug is 0";
          case FreeBsdErrno.ENOSYS ->
              "its kernel does not let anybody trace: sysctl security.bsd.allow_ptrace is 0";
          case FreeBsdErrno.EBUSY -> "another process traces it already";
          case FreeBsdErrno.EINVAL ->
              "nobody can trace it: it is a system process, as init(8) is, or capemu itself";
          default -> FreeBsdErrno.message(errno);
        };
  }
}
