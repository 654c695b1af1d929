package org.capemu.tracer.linux;

import java.util.Arrays;

/** What the threads of one process share, as far as ptrace(2) cannot tell it later. */
final class TracedProcess {
  private static final int SIGNALS = 65;

  final int pid;
  private final long[] handlers;
  private String command;

  /** ptrace(2)'s access check forbids to read its memory: prctl(PR_SET_DUMPABLE). */
  volatile boolean unreadable;

  /** userfaultfd(2): a process may have to fill its pages. */
  boolean pagesAreServed;

  /** Null until it is asked for. */
  Mounts.Namespace mounts;

  /** What capemu keeps with the process: {@link org.capemu.tracer.StoppedThread#keep}. */
  volatile Object kept;

  /** A process that runs under this name; null for the launcher. */
  TracedProcess(int pid, String command) {
    this(pid, command, new long[SIGNALS]);
  }

  private TracedProcess(int pid, String command, long[] handlers) {
    this.pid = pid;
    this.command = command;
    this.handlers = handlers;
  }

  /** fork(2): the child has the name, the handlers and the memory of its parent. */
  TracedProcess fork(int child) {
    TracedProcess process = new TracedProcess(child, command, handlers.clone());
    process.pagesAreServed = pagesAreServed;
    process.kept = kept;
    return process;
  }

  /** execve(2): a new name and memory; caught signals have their default action again. */
  void executed(String file) {
    command = file;
    unreadable = false;
    pagesAreServed = false;
    Arrays.fill(handlers, 0);
  }

  /** {@code p_comm}: the name of its threads, as long as they do not take their own. */
  String command() {
    return command;
  }

  /** rt_sigaction(2). */
  void setHandler(int signal, long address) {
    if (signal > 0 && signal < SIGNALS) {
      handlers[signal] = address;
    }
  }

  /** The address of the handler; 0 is SIG_DFL or not known. */
  long handler(int signal) {
    return signal > 0 && signal < SIGNALS ? handlers[signal] : 0;
  }
}
