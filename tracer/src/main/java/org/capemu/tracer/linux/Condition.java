package org.capemu.tracer.linux;

import org.capemu.tracer.StoppedThread;

/** When a choice of system-calls.txt applies. */
interface Condition {
  Condition ALWAYS = (args, thread) -> true;

  boolean holds(long[] args, StoppedThread thread);

  default Condition and(Condition other) {
    return (args, thread) -> holds(args, thread) && other.holds(args, thread);
  }

  default Condition negate() {
    return (args, thread) -> !holds(args, thread);
  }
}
