package org.capemu.tracer.freebsd;

import org.capemu.nativestubs.freebsd.Stop;

/** What the tracer remembers of one thread between its stops. */
final class TracedThread {
  final TracedProcess process;
  final int tid;

  /** {@code td_name} as of its last stop. */
  String command = "";

  /** The call that was entered last. */
  int syscall;

  /** Its arguments. */
  long[] args = {};

  /** The return of that call is to be reported. */
  boolean returnWanted;

  /** The return of execve(2), which is yet to be reported of the present stop. */
  Stop.Lwp afterExec;

  TracedThread(TracedProcess process, int tid) {
    this.process = process;
    this.tid = tid;
  }
}
