package org.capemu.tracer.freebsd;

/** What a signal does if a process has no handler for it: sigproptbl of kern_sig.c. */
final class SignalActions {
  private static final int SIGCHLD = 20;

  /** SIGURG, SIGCONT, SIGCHLD, SIGIO, SIGWINCH, SIGINFO. */
  private static final long IGNORED =
      bit(16) | bit(19) | bit(SIGCHLD) | bit(23) | bit(28) | bit(29);

  /** SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU: a traced process does not stop by them. */
  private static final long STOPPING = bit(17) | bit(18) | bit(21) | bit(22);

  private SignalActions() {}

  private static long bit(int signal) {
    return 1L << signal - 1;
  }

  static boolean isIgnoredByDefault(int signal) {
    return signal <= Long.SIZE && (IGNORED & bit(signal)) != 0;
  }

  /** True if postsig() is reached, and KTR_PSIG written: issignal() drops the signal otherwise. */
  static boolean isTaken(int signal, long handler) {
    if (handler == TracedProcess.SIG_IGN) {
      return false;
    }
    return handler != TracedProcess.SIG_DFL
        || signal > Long.SIZE
        || ((IGNORED | STOPPING) & bit(signal)) == 0;
  }
}
