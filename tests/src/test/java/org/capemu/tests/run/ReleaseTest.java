package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.capemu.tracer.ktrace.CapFail;
import org.capemu.tracer.ktrace.KtraceReader;
import org.capemu.tracer.ktrace.KtraceRecord;
import org.capemu.tracer.ktrace.RecordType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code run --release}: the trace is one of that kernel. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
@Execution(ExecutionMode.CONCURRENT)
class ReleaseTest {
  private static final int KILL = 62;
  private static final int OPENAT = 257;
  private static final int TIMERFD_CREATE = 283;
  private static final int AT_FDCWD = -100;
  private static final int NOBODY = 0x7ffffff0;

  @TempDir Path directory;

  @BeforeEach
  void program() throws IOException {
    new TinyProgram()
        .call(OPENAT, AT_FDCWD, "nowhere", 0)
        .call(KILL, NOBODY, 0)
        .call(TIMERFD_CREATE, 1, 0)
        .write(directory.resolve("program"), 7);
  }

  @ParameterizedTest
  @CsvSource({
    "13.5, false, 40, Syscall Namei Syscall",
    "14.1, true, 40, Syscall Namei",
    "14.2, true, 1040, Syscall Namei Signal",
    "15, true, 1040, Syscall Namei Signal"
  })
  void recordsAreThoseOfTheRelease(String release, boolean versioned, int size, String kinds)
      throws IOException, InterruptedException {
    Launched run =
        Launched.capemu(directory, "run", "--release", release, "-t", "cnpt", "./program");
    assertEquals(7, run.status());
    int count = kinds.split(" ").length - 1; // the first is the launcher's execve
    assertTrue(run.err().startsWith("capemu: " + count + " violation"), run.err());
    List<String> found = new ArrayList<>();
    try (KtraceReader reader = KtraceReader.open(directory.resolve("ktrace.out"))) {
      while (reader.next()) {
        KtraceRecord record = reader.record();
        assertEquals(versioned, record.isVersioned());
        if (record.type() == RecordType.CAPFAIL) {
          assertEquals(size, record.length());
          found.add(CapFail.decode(record).violation().getClass().getSimpleName());
        }
      }
    }
    // execve, openat, kill; timerfd_create, which came with 14.0
    assertEquals(kinds, String.join(" ", found));
    Agreement.check(directory.resolve("ktrace.out"), release);
  }

  @Test
  void aReleaseThatIsNotKnownIsBadInput() throws IOException, InterruptedException {
    Launched run = Launched.capemu(directory, "run", "--release", "12.4", "./program");
    assertEquals(2, run.status());
    assertTrue(run.err().contains("unknown release '12.4': 13.0, 13.1,"), run.err());
    assertEquals(1, run.err().lines().count());
  }
}
