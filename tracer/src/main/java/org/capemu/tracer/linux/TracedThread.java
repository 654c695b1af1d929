package org.capemu.tracer.linux;

/** What the tracer remembers of one thread between its stops. */
final class TracedThread {
  final int tid;
  final TracedProcess process;

  /** The name that it has taken for itself; null if it has that of its process. */
  String ownName;

  /** The next syscall-stop is the return of the call that was entered last. */
  boolean inSyscall;

  /** The present stop is the entry of a call. */
  boolean atEntry;

  /** That return is to be reported. */
  boolean returnWanted;

  /** execve(2) has succeeded and not yet returned. */
  boolean executed;

  /** The call that was entered last makes a process, which is not followed. */
  volatile boolean makesProcess;

  /** At the entry of a call, and after execve(2). */
  long stackPointer;

  long instructionPointer;

  /** The call that was entered last, after translation. */
  TranslatedCall call = new TranslatedCall();

  /** That call's number before translation, in the table of its own ABI. */
  int linuxNumber;

  /** What it returned, before translation; 0 until then. */
  long linuxResult;

  /** Counts stops, so that a StoppedThread of an earlier one is known to be spent. */
  volatile long stops;

  /** It has ended. */
  boolean gone;

  /** It stands in a stop that was reported to us: only we can let it go on. */
  boolean stopped;

  /** The cpu that it ran on when that was last looked up, at {@link #cpuTime}. */
  int cpu;

  long cpuTime;

  /** The signal to deliver when the present stop ends. */
  int pendingSignal;

  /** The present stop is a group-stop, which has to be left with PTRACE_LISTEN. */
  boolean groupStop;

  TracedThread(int tid, TracedProcess process) {
    this.tid = tid;
    this.process = process;
  }

  /** {@code td_name}. */
  String command() {
    return ownName == null ? process.command() : ownName;
  }
}
