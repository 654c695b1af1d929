package org.capemu.emulator.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.capemu.nativestubs.freebsd.FreeBsdKernel;
import org.capemu.nativestubs.freebsd.OpenFile;
import org.capemu.nativestubs.freebsd.Ptrace;
import org.capemu.nativestubs.freebsd.Stop;
import org.capemu.policy.Abi;
import org.capemu.policy.Mode;
import org.capemu.policy.Policy;
import org.capemu.policy.Release;
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
  private static final int SIGACTION = 416;
  private static final int FCNTL = 92;

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

  /**
   * truss(1) makes eight: it stops at every return as well. These are wait4, PT_LWPINFO and
   * PT_CONTINUE; PT_GET_SC_ARGS is left out where nothing turns on the arguments.
   */
  @ParameterizedTest
  @ValueSource(strings = {"unzip", "nasty-threads", "nasty-forks"})
  void anAllowedCallCostsThreeCallsOfTheKernel(String capture) throws IOException {
    TranscriptKernel kernel = open(capture);
    emulated(kernel, "p");
    Policy policy = Policy.of(Release.FREEBSD_15, Mode.KERNEL);
    Map<Integer, Integer> costs = new TreeMap<>();
    for (TranscriptKernel.Cost cost : kernel.costs) {
      boolean hasEffect = cost.syscall() == SIGACTION || cost.syscall() == FCNTL;
      if (policy.isOnlyAboutLimits(Abi.FREEBSD64, cost.syscall()) && !hasEffect) {
        costs.merge(cost.kernelCalls(), 1, Integer::sum);
      }
    }
    assertEquals(Set.of(3), costs.keySet(), "so many calls cost so much: " + costs);
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
    Path transcript = transcript(capture, directory);
    assertEquals(
        text(trace(capture), CALLS, open(capture)),
        text(emulated(FakeFreeBsd.connect(transcript, directory), CALLS), CALLS, open(capture)));
    emulated(FakeFreeBsd.connect(transcript, directory), "p");
    String[] count = Files.readAllLines(directory.resolve("count")).get(0).split(" ");
    int calls = Integer.parseInt(count[0]);
    int entries = Integer.parseInt(count[1]);
    assertTrue(entries > 40, "entries: " + entries);
    assertTrue(calls < 5 * entries, calls + " calls of the kernel for " + entries + " entries");
    assertEquals("0", count[2], "the console was left alone");
  }

  /** The stream breaks while the process stands still, and while it runs. */
  @ParameterizedTest
  @EnabledOnOs(OS.LINUX)
  @ValueSource(booleans = {true, false})
  void aStreamThatBreaksLeavesTheProcessRunningUntraced(boolean stands, @TempDir Path directory)
      throws IOException, InterruptedException {
    Path transcript = transcript("nasty-killed", directory);
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

  @Test
  @EnabledOnOs(OS.LINUX)
  void socketsAndNodesOfSysctlAreToldThroughTheStub(@TempDir Path directory) throws Exception {
    Path transcript = transcript("nasty-killed", directory);
    String text = Files.readString(transcript);
    int files = text.indexOf("\n", text.indexOf("\ncomm ") + 1) + 1;
    int end = text.indexOf(' ', text.indexOf("\ncomm ") + 6);
    String pid = text.substring(text.indexOf("\ncomm ") + 6, end);
    Files.writeString(
        transcript,
        text.substring(0, files)
            + "fd %s 8 2 1 1 local::x\nfd %s 9 2 1 1 local:x\n".formatted(pid, pid)
            + text.substring(files));
    try (FreeBsdKernel kernel = FakeFreeBsd.connect(transcript, directory)) {
      int spawned = kernel.spawn(List.of("/bin/ktrace"));
      assertEquals("kern.proc.7", kernel.sysctlName(new int[] {1, 14, 7}));
      assertEquals(null, kernel.sysctlName(new int[] {1}));
      List<OpenFile> sockets =
          kernel.descriptors(spawned).stream()
              .filter(file -> file.type() == OpenFile.TYPE_SOCKET)
              .toList();
      assertEquals(List.of(true, false), sockets.stream().map(OpenFile::named).toList());
      assertEquals(List.of(false, true), sockets.stream().map(OpenFile::connected).toList());
    }
  }

  /**
   * As where security.bsd.unprivileged_proc_debug is 0: PT_TRACE_ME succeeds, and nothing after it.
   * The program does not begin; one that has begun is the kernel's to end, or to let go.
   */
  @ParameterizedTest
  @EnabledOnOs(OS.LINUX)
  @ValueSource(ints = {0, 1, 2, 3, 7, 40})
  void whatMayNotBeTracedAnyMoreEndsTheRun(int stops, @TempDir Path directory) throws Exception {
    Path transcript = transcript("nasty-forks", directory);
    Process stub = FakeFreeBsd.startRefusing(transcript, directory, stops);
    FreeBsdKernel kernel = FakeFreeBsd.kernel(stub, () -> {});
    IOException e = assertThrows(IOException.class, () -> emulated(kernel, CALLS));
    assertTrue(
        e.getMessage().matches("(/bin/ktrace|pid \\d+): no permission to trace.*"), e::getMessage);
    assertTrue(stub.waitFor(20, TimeUnit.SECONDS), "the stub does not end");
    List<String> count = Files.readAllLines(directory.resolve("count"));
    assertTrue(stops > 0 || count.contains("killed 13"), () -> "" + count);
  }

  /** Wherever the stream is cut, no process is left to the kernel, which would kill it. */
  @ParameterizedTest
  @EnabledOnOs(OS.LINUX)
  @ValueSource(strings = {"p", "cp"})
  void aStreamThatIsCutAnywhereLeavesNothingTraced(String letters, @TempDir Path directory)
      throws IOException, InterruptedException {
    Path transcript = transcript("nasty-forks", directory);
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    emulated(
        FakeFreeBsd.kernel(
            FakeFreeBsd.start(transcript, directory, ProcessBuilder.Redirect.INHERIT), sent),
        letters);
    byte[] stream = sent.toByteArray();
    Random random = new Random(stream.length);
    for (int i = 0; i < 60; i++) {
      int length = 9 + random.nextInt(stream.length - 9);
      Path errors = directory.resolve("errors");
      Process stub =
          FakeFreeBsd.start(transcript, directory, ProcessBuilder.Redirect.to(errors.toFile()));
      assertEndsWell(stub, Arrays.copyOf(stream, length), directory, "cut at " + length);
    }
  }

  /** Feeds a stub, whose errors go to a file: it ends by itself and lets go what it traced. */
  private static void assertEndsWell(Process stub, byte[] stream, Path directory, String what)
      throws IOException, InterruptedException {
    Thread answers = new Thread(() -> drain(stub.getInputStream()));
    answers.start();
    try (OutputStream in = stub.getOutputStream()) {
      in.write(stream);
    } catch (IOException ended) {
      // It has seen enough.
    }
    assertTrue(stub.waitFor(20, TimeUnit.SECONDS), what);
    answers.join();
    String errors = Files.readString(directory.resolve("errors"));
    assertTrue(stub.exitValue() <= 1, what + ": " + errors);
    assertTrue(stub.exitValue() == 1 || errors.isEmpty(), what + ": " + errors);
    Path count = directory.resolve("count");
    assertEquals(
        List.of(),
        Files.exists(count)
            ? Files.readAllLines(count).stream().filter(line -> line.startsWith("left")).toList()
            : List.of(),
        what + ": " + errors);
  }

  /** Requests of the right form, and nothing else about them is. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void noRequestsLeaveAnythingTraced(@TempDir Path directory)
      throws IOException, InterruptedException {
    Path transcript = transcript("nasty-forks", directory);
    for (int seed = 0; seed < 60; seed++) {
      Process stub =
          FakeFreeBsd.startLenient(
              transcript,
              directory,
              ProcessBuilder.Redirect.to(directory.resolve("errors").toFile()));
      assertEndsWell(stub, requests(new Random(seed)), directory, "seed " + seed);
    }
  }

  private static byte[] requests(Random random) {
    ByteBuffer stream = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    stream.put("capemu\0\2".getBytes(StandardCharsets.ISO_8859_1));
    byte[] program = "/bin/ls".getBytes(StandardCharsets.ISO_8859_1);
    stream.putInt(9 + program.length).put((byte) 1).putInt(1).putInt(program.length).put(program);
    int[] moves = {7, 7, 7, 20, 21, 22};
    for (int i = 0; i < 300; i++) {
      int pid = 13 + random.nextInt(6);
      switch (random.nextInt(12)) {
        case 0 -> stream.putInt(9).put((byte) 3).putInt(pid).putInt(random.nextInt(64));
        case 1, 2, 3 ->
            stream
                .putInt(13)
                .put((byte) 4)
                .putInt(pid)
                .putInt(moves[random.nextInt(moves.length)])
                .putInt(random.nextInt(3) == 0 ? random.nextInt(130) : 0);
        case 4 -> stream.putInt(9).put((byte) 5).putInt(pid).putInt(random.nextInt(2) * 200);
        case 5, 6, 7 -> stream.putInt(1).put((byte) 6);
        case 8 ->
            stream
                .putInt(17)
                .put((byte) 7)
                .putInt(pid)
                .putLong(random.nextLong())
                .putInt(random.nextInt(1 << 16));
        case 9 -> stream.putInt(5).put((byte) 9).putInt(pid);
        case 10 -> stream.putInt(9).put((byte) 10).putInt(pid).putInt(random.nextInt(33));
        default -> {
          byte[] calls = new byte[random.nextInt(129)];
          random.nextBytes(calls);
          stream.putInt(9 + calls.length).put((byte) 17).putInt(pid);
          stream.putInt(calls.length).put(calls);
        }
      }
    }
    return Arrays.copyOf(stream.array(), stream.position());
  }

  private static void drain(InputStream answers) {
    try {
      answers.transferTo(OutputStream.nullOutputStream());
    } catch (IOException ended) {
      // as expected
    }
  }

  /** With more than one processor a parent's stop may be reported before its child's first. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aChildThatHasYetToStopIsDetachedToo(@TempDir Path directory)
      throws IOException, InterruptedException {
    Path transcript = transcript("nasty-forks", directory);
    String text = Files.readString(transcript);
    int child = text.indexOf("wait 14 ");
    int parent = text.indexOf("wait 13 ", child);
    int next = text.indexOf("wait ", parent + 1);
    Files.writeString(
        transcript,
        text.substring(0, child)
            + text.substring(parent, next)
            + text.substring(child, parent)
            + text.substring(next));
    Process stub =
        FakeFreeBsd.start(
            transcript,
            directory,
            ProcessBuilder.Redirect.to(directory.resolve("errors").toFile()));
    FreeBsdKernel kernel = FakeFreeBsd.kernel(stub, () -> {});
    int pid = kernel.spawn(List.of("/bin/ktrace"));
    kernel.setEvents(pid, Ptrace.PTRACE_EXEC | Ptrace.PTRACE_FORK);
    Stop stop;
    do {
      kernel.resume(pid, Ptrace.PT_CONTINUE, 0);
      stop = kernel.waitForStop();
      assertEquals(pid, stop.pid());
    } while (!stop.lwp().has(Ptrace.PL_FLAG_FORKED));
    assertEquals(14, stop.lwp().childPid());
    stub.getOutputStream().close();
    assertTrue(stub.waitFor(20, TimeUnit.SECONDS));
    assertEquals(
        List.of("detached 0", "detached 0"),
        Files.readAllLines(directory.resolve("count")).subList(1, 3));
  }

  static Path transcript(String capture, Path directory) throws IOException {
    Path transcript = directory.resolve("transcript");
    try (InputStream in =
        new GZIPInputStream(
            TranscriptTest.class.getResourceAsStream(CAPTURES + capture + ".ptrec.gz"))) {
      Files.copy(in, transcript);
    }
    return transcript;
  }

  static TranscriptKernel open(String capture) throws IOException {
    return new TranscriptKernel(
        CAPTURES + capture + ".ptrec.gz", Set.of("/tmp/./foo", "/tmp/foo", "/usr/bin/unzip"));
  }

  static byte[] trace(String capture) throws IOException {
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
          new Recorder(Release.FREEBSD_15, Mode.KERNEL, TracePoints.parse(letters), writer, tracer);
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
  static String text(byte[] trace, String letters, TranscriptKernel kernel) throws IOException {
    TracePoints points = TracePoints.parse(letters);
    Map<String, List<String>> threads = new HashMap<>();
    boolean begun = false;
    try (KtraceReader reader = KtraceReader.open(new ByteArrayInputStream(trace))) {
      while (reader.next()) {
        KtraceRecord record = reader.record();
        int type = record.type();
        // The program's own records, as those of ktrace(1) do not all have a counterpart.
        begun |= !record.comm().equals(TRACER);
        if (begun && kernel.shows(record.pid(), record.tid()) && !isCoreDump(record)) {
          String process = Integer.toString(record.pid());
          if (type == RecordType.PROCCTOR) {
            // Which of its threads it is stamped with is not compared.
            threads.computeIfAbsent(process, unused -> new ArrayList<>()).add(body(record));
          } else if (points.contains(type)) {
            threads
                .computeIfAbsent(process + "/" + record.tid(), unused -> new ArrayList<>())
                .add(record.comm() + " " + body(record));
          }
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
    } else if (type == RecordType.PROCCTOR) {
      return "CTOR " + Integer.toHexString(record.getInt(0));
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
