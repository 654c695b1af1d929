package org.capemu.tracer;

import org.capemu.policy.Abi;

/**
 * What happened to a traced program. System calls and their results are FreeBSD's, whatever system
 * the program runs on, unless the event's ABI says otherwise.
 */
public sealed interface TraceEvent {
  int pid();

  int tid();

  /**
   * A system call is about to be made: the kernel has read number and arguments and done nothing.
   *
   * @param args eight arguments in the order of the call's prototype, unused ones 0
   * @param argCount how many the call takes
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record SyscallEntered(StoppedThread thread, Abi abi, int number, long[] args, int argCount)
      implements TraceEvent {
    @Override
    public int pid() {
      return thread.pid();
    }

    @Override
    public int tid() {
      return thread.tid();
    }
  }

  /**
   * A system call returned.
   *
   * @param errno FreeBSD's error number, 0 for success; ERESTART is -1, EJUSTRETURN -2
   * @param retval td_retval[0], meaningful if errno is 0
   */
  record SyscallReturned(StoppedThread thread, Abi abi, int number, int errno, long retval)
      implements TraceEvent {
    @Override
    public int pid() {
      return thread.pid();
    }

    @Override
    public int tid() {
      return thread.tid();
    }
  }

  /**
   * A process or thread that the tracer did not follow until now, before its first instruction.
   *
   * @param number the system call that made it, from which it is about to return
   */
  record Started(StoppedThread thread, boolean newProcess, int number) implements TraceEvent {
    private static final int FORK = 2;

    /** Made by fork(2), or by something that is to look like it. */
    public Started(StoppedThread thread, boolean newProcess) {
      this(thread, newProcess, FORK);
    }

    @Override
    public int pid() {
      return thread.pid();
    }

    @Override
    public int tid() {
      return thread.tid();
    }
  }

  /** The process runs a new image, with its new command name. All its other threads are gone. */
  record Executed(StoppedThread thread) implements TraceEvent {
    @Override
    public int pid() {
      return thread.pid();
    }

    @Override
    public int tid() {
      return thread.tid();
    }
  }

  /**
   * A signal is taken: KTR_PSIG.
   *
   * @param signo FreeBSD's number
   * @param action the handler's address; 0 is SIG_DFL
   * @param code {@code si_code} in FreeBSD's numbers
   * @param maskLow signals 1 to 64 of the thread's signal mask
   * @param maskHigh signals 65 to 128
   */
  record SignalTaken(
      StoppedThread thread, int signo, long action, int code, long maskLow, long maskHigh)
      implements TraceEvent {
    @Override
    public int pid() {
      return thread.pid();
    }

    @Override
    public int tid() {
      return thread.tid();
    }
  }

  /**
   * A thread is gone; nothing is stopped.
   *
   * @param command the name that its records carried
   * @param lastOfProcess true if the process ended with it
   * @param status the exit status as a shell has it: 128 + signal (the host's number) for a process
   *     that was killed
   * @param wasKilled by a signal, which its status alone does not tell
   */
  record Exited(
      int pid, int tid, String command, boolean lastOfProcess, int status, boolean wasKilled)
      implements TraceEvent {}
}
