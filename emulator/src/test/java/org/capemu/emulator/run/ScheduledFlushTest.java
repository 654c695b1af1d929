package org.capemu.emulator.run;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.capemu.tracer.ktrace.KtraceWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ScheduledFlushTest {
  private final KtraceWriter writer = mock(KtraceWriter.class);

  @Test
  void flushesAgainAndAgain() throws IOException, InterruptedException {
    CountDownLatch flushes = new CountDownLatch(2);
    doAnswer(
            call -> {
              flushes.countDown();
              return null;
            })
        .when(writer)
        .flush();
    try (ScheduledFlush flush = new ScheduledFlush(writer)) {
      assertTrue(flushes.await(30, TimeUnit.SECONDS));
      assertFalse(flush.hasEnded());
    }
  }

  /** The writer keeps it for the next record. */
  @Test
  void aFullDiskEndsItQuietly() throws IOException, InterruptedException {
    doThrow(new IOException("No space left on device")).when(writer).flush();
    ended().close();
  }

  @Test
  void anythingElseIsNotLost() throws IOException, InterruptedException {
    RuntimeException fault = new IllegalArgumentException("a fault");
    doThrow(fault).when(writer).flush();
    ScheduledFlush flush = ended();
    assertSame(fault, assertThrows(IllegalStateException.class, flush::close).getCause());
  }

  private ScheduledFlush ended() throws InterruptedException {
    ScheduledFlush flush = new ScheduledFlush(writer);
    while (!flush.hasEnded()) {
      Thread.sleep(1);
    }
    return flush;
  }
}
