package org.capemu.emulator.run;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.capemu.tracer.Tracer;

/**
 * SIGTERM, SIGINT and SIGHUP end capemu before the program: the tracing thread is told to let the
 * tracees go and to complete the trace, and has a second for it. Nothing here waits for a lock that
 * it may hold.
 */
final class Ending implements AutoCloseable {
  private static final long PATIENCE_MILLIS = 900;

  private final Tracer tracer;
  private final Thread hook = new Thread(this::endEarly, "ending");
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean askedFor;

  Ending(Tracer tracer) {
    this.tracer = tracer;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void endEarly() {
    askedFor = true;
    tracer.interrupt();
    try {
      if (!ended.await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
        // The kernel lets the tracees go when we are gone.
        System.err.println("capemu: the end of the trace may be missing");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** True if it is not the program that has ended. */
  boolean wasAskedFor() {
    return askedFor;
  }

  /** Everything is done. */
  @Override
  public void close() {
    ended.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ending) {
      // It runs already.
    }
  }
}
