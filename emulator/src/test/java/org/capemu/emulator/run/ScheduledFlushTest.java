package org.capemu.emulator.run;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.timeout;
import static org.mockito.Mockito.verify;

import java.io.IOException;
import java.time.Duration;
import org.capemu.tracer.ktrace.KtraceWriter;
import org.junit.jupiter.api.Test;

class ScheduledFlushTest {
  private final KtraceWriter writer = mock(KtraceWriter.class);

  @Test
  void flushesAgainAndAgain() throws IOException {
    try (ScheduledFlush flush = new ScheduledFlush(writer)) {
      verify(writer, timeout(20_000).atLeast(2)).flush();
      assertFalse(flush.hasEnded());
    }
  }

  /** The writer keeps it for the next record. */
  @Test
  void aFullDiskEndsItQuietly() throws IOException {
    doThrow(new IOException("No space left on device")).when(writer).flush();
    ScheduledFlush flush = new ScheduledFlush(writer);
    verify(writer, timeout(20_000)).flush();
    flush.close();
  }

  @Test
  void anythingElseIsNotLost() {
    RuntimeException fault = new IllegalArgumentException("a fault");
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          doThrow(fault).when(writer).flush();
          ScheduledFlush flush = new ScheduledFlush(writer);
          while (!flush.hasEnded()) {
            Thread.onSpinWait();
          }
          assertSame(fault, assertThrows(IllegalStateException.class, flush::close).getCause());
        });
  }
}
