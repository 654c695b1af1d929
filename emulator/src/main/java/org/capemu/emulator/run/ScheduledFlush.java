package org.capemu.emulator.run;

import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
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

  ScheduledFlush(KtraceWriter writer) {
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

  @Override
  public void close() {
    executor.shutdown();
  }
}
