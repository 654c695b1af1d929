package org.capemu.tracer.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.capemu.nativestubs.linux.LinuxLibc;
import org.capemu.tracer.TraceEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever ends the tracing, and wherever a tracee stands then, it goes on. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
@Timeout(60)
class LeavingTest {
  private static final int SIGKILL = 9;

  @TempDir Path directory;

  /** A failure leaves a thread in the stop that was being dealt with. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 40})
  void aStoppedThreadGoesOn(int resumed) throws IOException, InterruptedException {
    Path end = directory.resolve("end");
    String script = "cd $0; (echo child) >child; echo end >end";
    try (LinuxTracer tracer =
        LinuxTracer.launch(List.of("sh", "-c", script, directory.toString()), true)) {
      for (int i = 0; i < resumed; i++) {
        resume(tracer.next());
      }
      tracer.next();
    }
    await(end);
    assertEquals("child\n", Files.readString(directory.resolve("child")));
  }

  @Test
  void aWaitIsInterrupted() throws IOException {
    try (LinuxTracer tracer = LinuxTracer.launch(List.of("sleep", "1000"), false)) {
      TraceEvent event;
      int pid;
      do {
        event = tracer.next();
        pid = event.pid();
        resume(event);
      } while (!(event instanceof TraceEvent.Executed));
      Thread interrupting =
          new Thread(
              () -> {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
                tracer.interrupt();
              });
      interrupting.start();
      while ((event = tracer.next()) != null) {
        resume(event);
      }
      assertNull(tracer.next());
      assertEquals(0, LinuxLibc.get().kill(pid, SIGKILL));
    }
  }

  private static void resume(TraceEvent event) {
    if (event instanceof TraceEvent.SyscallEntered entered) {
      entered.thread().resume();
    } else if (event instanceof TraceEvent.Executed executed) {
      executed.thread().resume();
    } else if (event instanceof TraceEvent.Started started) {
      started.thread().resume();
    } else if (event instanceof TraceEvent.SignalTaken taken) {
      taken.thread().resume();
    }
  }

  private static void await(Path file) throws InterruptedException {
    while (!Files.exists(file)) {
      Thread.sleep(20);
    }
  }
}
