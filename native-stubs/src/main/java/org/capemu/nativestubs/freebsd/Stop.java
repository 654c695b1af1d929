package org.capemu.nativestubs.freebsd;

/**
 * What wait4(2) reported of a traced process, and what ptrace(2) told of the thread that stopped.
 *
 * @param status of wait4(2)
 * @param lwp null if the process ended, or was killed between the two calls
 */
public record Stop(int pid, int status, Lwp lwp) {
  private static final int STOPPED = 0x7f;

  /** WIFSTOPPED. */
  public boolean isStopped() {
    return (status & 0xff) == STOPPED;
  }

  /** WSTOPSIG. */
  public int stopSignal() {
    return status >> 8 & 0xff;
  }

  /** WTERMSIG: the signal that killed the process, 0 if it exited. */
  public int termSignal() {
    return status & 0x7f;
  }

  /** WEXITSTATUS. */
  public int exitStatus() {
    return status >> 8 & 0xff;
  }

  /**
   * True if a signal is about to be delivered. A signal that interrupts a call comes with
   * PL_FLAG_SCE; the SIGSTOP of a new child, and every SIGTRAP without siginfo, is the tracing's
   * own.
   */
  public boolean isSignal() {
    return lwp != null
        && (lwp.has(Ptrace.PL_FLAG_SI)
            || stopSignal() != Ptrace.SIGTRAP && !lwp.has(Ptrace.PL_FLAG_CHILD));
  }

  /**
   * PT_LWPINFO of the thread that stopped, with PT_GET_SC_ARGS and PT_GET_SC_RET where they mean
   * something.
   *
   * @param tid {@code pl_lwpid}
   * @param flags {@code pl_flags}: PL_FLAG_ bits of {@link Ptrace}
   * @param childPid with PL_FLAG_FORKED, the child
   * @param syscall the number of the call that the thread is in, syscall(2) and __syscall(2) seen
   *     through
   * @param argCount how many arguments it takes
   * @param args eight arguments at the entry of a call
   * @param error at a return: 0, an error number, ERESTART -1 or EJUSTRETURN -2
   * @param retval at a return: td_retval[0]
   * @param signo of the siginfo, with PL_FLAG_SI
   * @param signalCode {@code si_code}
   * @param signalSender {@code si_pid}
   * @param maskLow signals 1 to 64 of the thread's signal mask
   * @param maskHigh signals 65 to 128
   * @param name the thread's name as ktrace(2) records it, at most 19 bytes
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Lwp(
      int tid,
      int flags,
      int childPid,
      int syscall,
      int argCount,
      long[] args,
      int error,
      long retval,
      int signo,
      int signalCode,
      int signalSender,
      long maskLow,
      long maskHigh,
      String name) {
    /** True if any of these bits is in {@code pl_flags}. */
    public boolean has(int flag) {
      return (flags & flag) != 0;
    }
  }
}
