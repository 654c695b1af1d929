package org.capemu.tracer.linux;

import org.capemu.tracer.StoppedThread;

/** Where an argument of a FreeBSD call comes from. */
interface Source {
  /** The result of the Linux call, which is all that {@code returns} sees. */
  Source RESULT = (values, thread) -> values[0];

  /**
   * @param values the six arguments of the Linux call, or its result alone
   */
  long value(long[] values, StoppedThread thread);

  /** False where FreeBSD has no such value: the call has no counterpart then. */
  default boolean hasCounterpart(long[] values, StoppedThread thread) {
    return true;
  }
}
