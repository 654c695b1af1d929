package org.capemu.tracer.linux;

import java.util.Arrays;

/** What the threads of one process share, as far as ptrace(2) cannot tell it later. */
final class TracedProcess {
  private static final int SIGNALS = 65;

  final int pid;
  private final long[] handlers;

  TracedProcess(int pid) {
    this(pid, new long[SIGNALS]);
  }

  private TracedProcess(int pid, long[] handlers) {
    this.pid = pid;
    this.handlers = handlers;
  }

  /** fork(2): the child has the handlers of its parent. */
  TracedProcess fork(int child) {
    return new TracedProcess(child, handlers.clone());
  }

  /** execve(2): caught signals have their default action again. */
  void executed() {
    Arrays.fill(handlers, 0);
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
