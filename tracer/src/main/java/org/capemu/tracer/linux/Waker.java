package org.capemu.tracer.linux;

import java.util.concurrent.locks.LockSupport;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import org.capemu.nativestubs.linux.LinuxLibc;
import org.capemu.nativestubs.linux.WaitStatus;
import sun.misc.Signal;

/**
 * wait4(2) that another thread can end. That thread sends the waiting one a signal which everybody
 * ignores by default, and which is taken here without SA_RESTART; again and again, since a signal
 * that comes before the wait ends nothing.
 */
final class Waker {
  private static final int SIGURG = 23;
  private static final int SIG_UNBLOCK = 1;
  private static final int SIGSET_SIZE = 128;
  private static final int GETTID = 186;
  private static final int TGKILL = 234;
  private static final int EINTR = 4;
  private static final long FIRST_PAUSE_NANOS = 500_000;
  private static final long LONGEST_PAUSE_NANOS = 50_000_000;

  private final LinuxLibc libc = LinuxLibc.get();
  private final Thread owner = Thread.currentThread();
  private final int tid;
  private volatile boolean waiting;
  private volatile boolean woken;

  /** For the thread that calls this. */
  Waker() {
    Signal.handle(new Signal("URG"), signal -> {});
    libc.siginterrupt(SIGURG, 1);
    Pointer set = Memory.allocateDirect(LinuxLibc.runtime(), SIGSET_SIZE, true);
    set.putLong(0, 1L << (SIGURG - 1));
    libc.pthread_sigmask(SIG_UNBLOCK, set, null);
    tid = (int) libc.syscall(GETTID, 0, 0, 0);
  }

  /**
   * wait4(2) for whatever the calling thread traces.
   *
   * @return a thread's id; 0 if the wait was ended, -1 if nothing is left to wait for
   */
  int waitForAny(Pointer status) {
    waiting = true;
    int result = 0;
    if (!woken) {
      result = libc.wait4(-1, status, WaitStatus.WALL | WaitStatus.WNOTHREAD, null);
      if (result < 0 && LinuxLibc.errno() == EINTR) {
        result = 0;
      }
    }
    waiting = false;
    woken = false;
    return result;
  }

  /** Ends the present wait, or the next. Any thread may call. */
  void wake() {
    woken = true;
    if (Thread.currentThread() == owner) {
      return; // it does not wait
    }
    int pid = libc.getpid();
    for (long pause = FIRST_PAUSE_NANOS; woken; pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS)) {
      if (waiting) {
        libc.syscall(TGKILL, pid, tid, SIGURG);
      }
      LockSupport.parkNanos(pause);
    }
  }
}
