package org.capemu.tracer.linux;

import org.capemu.tracer.StoppedThread;

/** When a choice of system-calls.txt applies. */
interface Condition {
  Condition ALWAYS = (args, thread) -> true;

  boolean holds(long[] args, StoppedThread thread);
}
