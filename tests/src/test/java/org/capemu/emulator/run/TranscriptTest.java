package org.capemu.emulator.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.capemu.nativestubs.freebsd.FreeBsdKernel;
import org.capemu.nativestubs.freebsd.Ptrace;
import org.capemu.policy.Mode;
import org.capemu.policy.Policy;
import org.capemu.policy.Release;
import org.capemu.policy.SyscallTable;
import org.capemu.tracer.TraceEvent;
import org.capemu.tracer.freebsd.FreeBsdTracer;
import org.capemu.tracer.ktrace.KtraceReader;
import org.capemu.tracer.ktrace.KtraceRecord;
import org.capemu.tracer.ktrace.KtraceWriter;
import org.capemu.tracer.ktrace.RecordType;
import org.capemu.tracer.ktrace.TracePoints;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a tracer fed with a real kernel's answers records is what that kernel recorded. */
class TranscriptTest {
  private static final String CAPTURES = "/captures/ptrace/";
  private static final String CALLS = "cnpsu";
  private static final String TRACER = "ktrace";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "foo",
        "unzip",
        "nasty-forks",
        "nasty-vfork",
        "nasty-pdfork",
        "nasty-threads",
        "nasty-threadexec",
        "nasty-threadgone",
        "nasty-signals",
        "nasty-killed",
        "nasty-stopped",
        "nasty-crash"
      })
  void recordsAreTheKernels(String capture) throws IOException {
    TranscriptKernel kernel = open(capture);
    assertEquals(
        text(trace(capture), CALLS, kernel), text(emulated(open(capture), CALLS), CALLS, kernel));
  }

  @ParameterizedTest
  @ValueSource(strings = {"foo", "unzip", "nasty-forks", "nasty-threads", "nasty-threadexec"})
  void withoutReturnsViolationsAndNamesAreTheSame(String capture) throws IOException {
    TranscriptKernel kernel = open(capture);
    String names = "np";
    assertEquals(text(trace(capture), names, kernel), text(emulated(kernel, names), names, kernel));
  }

  /** truss(1) makes eight: it stops at every return as well. */
  @Test
  void anAllowedCallCostsFourCallsOfTheKernel() throws IOException {
    TranscriptKernel kernel = open("nasty-threads");
    emulated(kernel, "p");
    Map<Integer, Integer> costs = new TreeMap<>();
    for (int i = 1; i < kernel.callsAtEntry.size(); i++) {
      int cost = kernel.callsAtEntry.get(i) - kernel.callsAtEntry.get(i - 1);
      costs.merge(cost, 1, Integer::sum);
    }
    // PT_CONTINUE, wait4, PT_LWPINFO, PT_GET_SC_ARGS, but that for a call without arguments. More
    // is a path to read, a handler to remember, or a thread that begins or ends in between.
    int four = costs.getOrDefault(3, 0) + costs.getOrDefault(4, 0);
    assertTrue(four > 60, "so many calls cost so much: " + costs);
    assertEquals(3, costs.keySet().iterator().next());
  }

  /** capemu-stub's own part for FreeBSD, on a kernel that plays the transcript to it. */
  @ParameterizedTest
  @EnabledOnOs(OS.LINUX)
  @ValueSource(
      strings = {
        "nasty-forks",
        "nasty-pdfork",
        "nasty-threads",
        "nasty-threadgone",
        "nasty-signals",
        "nasty-killed",
        "nasty-stopped",
        "nasty-crash"
      })
  void throughTheStubRecordsAreTheKernels(String capture, @TempDir Path directory)
      throws IOException, InterruptedException {
    Path transcript = directory.resolve("transcript");
    try (InputStream in =
        new GZIPInputStream(
            TranscriptTest.class.getResourceAsStream(CAPTURES + capture + ".ptrec.gz"))) {
      Files.copy(in, transcript);
    }
    assertEquals(
        text(trace(capture), CALLS, open(capture)),
        text(emulated(FakeFreeBsd.connect(transcript, directory), CALLS), CALLS, open(capture)));
    emulated(FakeFreeBsd.connect(transcript, directory), "p");
    String[] count = Files.readString(directory.resolve("count")).strip().split(" ");
    int calls = Integer.parseInt(count[0]);
    int entries = Integer.parseInt(count[1]);
    assertTrue(entries > 40, "entries: " + entries);
    assertTrue(calls < 5 * entries, calls + " calls of the kernel for " + entries + " entries");
  }

  /** The stream breaks while the process stands still, and while it runs. */
  @ParameterizedTest
  @EnabledOnOs(OS.LINUX)
  @ValueSource(booleans = {true, false})
  void aStreamThatBreaksLeavesTheProcessRunningUntraced(boolean stands, @TempDir Path directory)
      throws IOException, InterruptedException {
    Path transcript = directory.resolve("transcript");
    try (InputStream in =
        new GZIPInputStream(
            TranscriptTest.class.getResourceAsStream(CAPTURES + "nasty-killed.ptrec.gz"))) {
      Files.copy(in, transcript);
    }
    Path errors = directory.resolve("errors");
    Process stub =
        FakeFreeBsd.start(transcript, directory, ProcessBuilder.Redirect.to(errors.toFile()));
    FreeBsdKernel kernel = FakeFreeBsd.kernel(stub, () -> {});
    int pid = kernel.spawn(List.of("/bin/ktrace"));
    kernel.setEvents(pid, Ptrace.PTRACE_EXEC | Ptrace.PTRACE_SCE);
    for (int i = 0; i < 10; i++) {
      kernel.resume(pid, Ptrace.PT_CONTINUE, 0);
      assertEquals(pid, kernel.waitForStop().pid());
    }
    if (!stands) {
      kernel.resume(pid, Ptrace.PT_CONTINUE, 0);
      kernel.fileMode("/"); // so that it is sent
    }
    stub.getOutputStream().write(new byte[] {1, 0, 0, 0, 99}); // no request
    stub.getOutputStream().close();
    assertTrue(stub.waitFor(20, TimeUnit.SECONDS));
    assertEquals(1, stub.exitValue());
    assertEquals(
        "capemu-stub: request 99 is not known; 1 process left to run untraced",
        Files.readString(errors).strip());
    assertEquals("detached 0", Files.readAllLines(directory.resolve("count")).get(1));
  }

  private static TranscriptKernel open(String capture) throws IOException {
    return new TranscriptKernel(
        CAPTURES + capture + ".ptrec.gz", Set.of("/tmp/./foo", "/tmp/foo", "/usr/bin/unzip"));
  }

  private static byte[] trace(String capture) throws IOException {
    try (InputStream in =
        new GZIPInputStream(
            TranscriptTest.class.getResourceAsStream(CAPTURES + capture + ".kt.gz"))) {
      return in.readAllBytes();
    }
  }

  private static byte[] emulated(FreeBsdKernel kernel, String letters) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (FreeBsdTracer tracer = FreeBsdTracer.launch(kernel, List.of("/bin/ktrace"), true);
        KtraceWriter writer = KtraceWriter.to(out)) {
      Recorder recorder =
          new Recorder(
              Policy.of(Release.FREEBSD_15, Mode.KERNEL),
              SyscallTable.of(Release.FREEBSD_15),
              TracePoints.parse(letters),
              writer,
              tracer);
      TraceEvent event;
      while ((event = tracer.next()) != null) {
        recorder.handle(event);
      }
      assertEquals(null, recorder.failure());
    }
    return out.toByteArray();
  }

  /**
   * A record a line, thread by thread, from the return of the execve(2) on by which ktrace(1)
   * becomes the program.
   */
  private static String text(byte[] trace, String letters, TranscriptKernel kernel)
      throws IOException {
    TracePoints points = TracePoints.parse(letters);
    Map<String, List<String>> threads = new HashMap<>();
    boolean begun = false;
    try (KtraceReader reader = KtraceReader.open(new ByteArrayInputStream(trace))) {
      while (reader.next()) {
        KtraceRecord record = reader.record();
        int type = record.type();
        // The program's own records, as those of ktrace(1) do not all have a counterpart.
        begun |= !record.comm().equals(TRACER);
        if (begun
            && points.contains(type)
            && kernel.shows(record.pid(), record.tid())
            && !isCoreDump(record)) {
          threads
              .computeIfAbsent(record.pid() + "/" + record.tid(), thread -> new ArrayList<>())
              .add(record.comm() + " " + body(record));
        }
      }
    }
    assertTrue(begun);
    StringBuilder text = new StringBuilder();
    threads.keySet().stream()
        .sorted()
        .forEach(
            thread -> {
              text.append(thread).append('\n');
              threads.get(thread).forEach(line -> text.append("  ").append(line).append('\n'));
            });
    return text.toString();
  }

  /** What the kernel looks up by itself is not seen by a tracer. */
  private static boolean isCoreDump(KtraceRecord record) {
    return record.type() == RecordType.CAPFAIL && record.getShort(4) == 0
        || record.type() == RecordType.NAMEI
            && new String(record.payload(), StandardCharsets.ISO_8859_1).endsWith(".core");
  }

  private static String body(KtraceRecord record) {
    int type = record.type();
    if (type == RecordType.NAMEI) {
      return "NAMI " + new String(record.payload(), StandardCharsets.ISO_8859_1);
    } else if (type == RecordType.SYSCALL) {
      StringBuilder text = new StringBuilder("CALL " + record.getShort(0));
      for (int i = 0; i < record.getShort(2); i++) {
        text.append(' ').append(Long.toHexString(record.getLong(8 + 8 * i)));
      }
      return text.toString();
    } else if (type == RecordType.SYSRET) {
      return "RET %d error %d value %d"
          .formatted(record.getShort(0), record.getInt(4), record.getLong(8));
    } else if (type == RecordType.PSIG) {
      return "PSIG %d action %x code %d mask %x %x"
          .formatted(
              record.getInt(0),
              record.getLong(8),
              record.getInt(16),
              record.getLong(20),
              record.getLong(28));
    }
    return "CAP %d code %d flags %x %s"
        .formatted(record.getInt(0), record.getShort(4), record.getInt(8), detail(record));
  }

  /** What the kernel sets in the union; rights without the index bits, which a 15.0 leaves out. */
  private static String detail(KtraceRecord record) {
    long rights = (1L << 57) - 1;
    return switch (record.getInt(0)) {
      case 0, 1 ->
          "%x %x held %x %x"
              .formatted(
                  record.getLong(16) & rights,
                  record.getLong(24) & rights,
                  record.getLong(32) & rights,
                  record.getLong(40) & rights);
      case 2 -> record.getShort(4) == 92 ? "cmd " + record.getInt(16) : "";
      case 3 -> "signal " + record.getInt(16);
      case 4 -> "proto " + record.getInt(16);
      case 5 -> "%x %x".formatted(record.getLong(16), record.getLong(24));
      case 6 -> string(record.payload());
      default -> "";
    };
  }

  private static String string(byte[] payload) {
    int end = 16;
    while (payload[end] != 0) {
      end++;
    }
    return new String(payload, 16, end - 16, StandardCharsets.ISO_8859_1);
  }
}
