package org.capemu.tracer.linux;

import java.util.ArrayDeque;
import java.util.Queue;
import org.capemu.tracer.TraceEvent;

/**
 * sendmmsg(2) and recvmmsg(2), which FreeBSD's C library makes of sendmsg(2) and recvmsg(2) in a
 * loop. How far the loop comes is known when Linux's one call returns: the calls after the first
 * are reported then, while their thread stands at that return.
 */
final class MessageCalls {
  private MessageCalls() {}

  /**
   * The first call's return, then the other calls with theirs. The call that ended the loop before
   * all messages were done has no return, as Linux does not tell its error.
   *
   * @param done the messages that Linux's call has done; 0 or less if the first of them failed
   * @param errno what Linux's call failed with, in FreeBSD's numbers; 0 if it did not
   * @param returns whether returns are reported
   */
  static Queue<TraceEvent> events(
      LinuxTracer tracer, TracedThread thread, long done, int errno, boolean returns) {
    TranslatedCall call = thread.call;
    LinuxStoppedThread stop = new LinuxStoppedThread(tracer, thread);
    Queue<TraceEvent> events = new ArrayDeque<>();
    boolean ended = errno != 0;
    if (returns) {
      long result = ended ? -1 : call.messageLength(stop);
      events.add(returned(tracer, thread, errno, result));
    }
    for (int i = 1; !ended && Integer.compareUnsigned(i, call.count()) < 0; i++) {
      call.nextMessage();
      LinuxStoppedThread held = LinuxStoppedThread.held(tracer, thread);
      events.add(
          new TraceEvent.SyscallEntered(
              held, call.abi(), call.number(), call.args().clone(), call.argCount()));
      ended = i >= done;
      if (returns && !ended) {
        events.add(returned(tracer, thread, 0, call.messageLength(stop)));
      }
    }
    return events;
  }

  private static TraceEvent returned(
      LinuxTracer tracer, TracedThread thread, int errno, long result) {
    TranslatedCall call = thread.call;
    return new TraceEvent.SyscallReturned(
        LinuxStoppedThread.held(tracer, thread), call.abi(), call.number(), errno, result);
  }
}
