package org.capemu.emulator.run;

import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.capemu.tracer.ktrace.KtraceWriter;

/** Bounds what a SIGKILL can take from a trace: whole records go to the file ten times a second. */
final class ScheduledFlush implements Closeable {
  private static final long PERIOD_MILLISECONDS = 100;

  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "flush");
            thread.setDaemon(true);
            return thread;
          });

  private final ScheduledFuture<?> flushing;

  ScheduledFlush(KtraceWriter writer) {
    flushing =
        executor.scheduleWithFixedDelay(
            () -> {
              try {
                writer.flush();
              } catch (IOException e) {
                executor.shutdown(); // the writer keeps the failure for the next record
              }
            },
            PERIOD_MILLISECONDS,
            PERIOD_MILLISECONDS,
            TimeUnit.MILLISECONDS);
  }

  /** True once there will be no further flush. */
  boolean hasEnded() {
    return flushing.isDone();
  }

  /**
   * @throws IllegalStateException if it ended by an exception that the writer did not keep
   */
  @Override
  public void close() {
    executor.shutdown();
    if (hasEnded() && !flushing.isCancelled()) {
      try {
        flushing.get();
      } catch (ExecutionException e) {
        throw new IllegalStateException("flush", e.getCause());
      } catch (InterruptedException e) {
        throw new AssertionError(e); // what is done is not waited for
      }
    }
  }
}
