package org.capemu.tracer.linux;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.capemu.nativestubs.linux.LinuxLibc;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * What a terminal's stop signals do to capemu. It is in the process group of the program that it
 * has started, so they reach both; a program that ignores or catches them must not stop all the
 * same, for want of a tracer that lets it go on. capemu stops only after all that it traces has:
 * then the shell that waits for it sees the job stopped, and SIGCONT reaches both again.
 */
final class JobControl implements AutoCloseable {
  private static final int SIGSTOP = 19;

  /** SigIgn in proc(5): what whoever started us wants ignored stays so. */
  private static final long SIGTSTP_BIT = 1L << 19;

  private static final long SIGTTIN_BIT = 1L << 20;
  private static final long SIGTTOU_BIT = 1L << 21;

  /** A program that catches the signal may stop itself when it has tidied up. */
  private static final long ASKED_FOR = TimeUnit.SECONDS.toNanos(5);

  private final LinuxLibc libc = LinuxLibc.get();
  private final List<Signal> handled;
  private volatile boolean asked;
  private volatile long askedAt;

  private JobControl(List<Signal> handled) {
    this.handled = handled;
  }

  /**
   * For a program that was started.
   *
   * @param wake makes the tracing thread call {@link #stopWith}
   */
  static JobControl ofStarted(Runnable wake) {
    long ignored = StartedWith.ignoredSignals();
    List<Signal> signals = new ArrayList<>();
    if ((ignored & SIGTSTP_BIT) == 0) {
      signals.add(new Signal("TSTP"));
    }
    if ((ignored & SIGTTIN_BIT) == 0) {
      signals.add(new Signal("TTIN"));
    }
    if ((ignored & SIGTTOU_BIT) == 0) {
      signals.add(new Signal("TTOU"));
    }
    JobControl control = new JobControl(List.copyOf(signals));
    for (Signal signal : signals) {
      Signal.handle(
          signal,
          received -> {
            control.askedAt = System.nanoTime();
            control.asked = true;
            wake.run();
          });
    }
    return control;
  }

  /** For a process that was attached to: it is no job of our terminal's. */
  static JobControl ofAttached() {
    Signal suspend = new Signal("TSTP");
    Signal.handle(suspend, SignalHandler.SIG_IGN);
    return new JobControl(List.of(suspend));
  }

  /** Stops capemu if that was asked for and all these threads are stopped by job control. */
  void stopWith(Collection<TracedThread> threads) {
    if (!asked || threads.isEmpty() || !threads.stream().allMatch(thread -> thread.groupStop)) {
      return;
    }
    asked = false;
    if (System.nanoTime() - askedAt < ASKED_FOR) {
      libc.kill(libc.getpid(), SIGSTOP);
    }
  }

  /** The signals have their default action again: there is nothing left to trace. */
  @Override
  public void close() {
    handled.forEach(signal -> Signal.handle(signal, SignalHandler.SIG_DFL));
  }
}
