package org.capemu.tests.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.capemu.policy.Violation;
import org.capemu.tracer.ktrace.RecordType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReplayTest {
  /** The records that the rest of a capture does not tell. */
  private static final Map<String, List<String>> UNDECIDED =
      Map.of(
          "namei",
          List.of(
              "CAP   openat: restricted VFS lookup: ../../../../../../../../etc",
              "CAP   openat: restricted VFS lookup: /etc/motd",
              "CAP   openat: restricted VFS lookup: /etc/motd",
              "CAP   openat: restricted VFS lookup: etc/../..",
              "CAP   fstatat: restricted VFS lookup: /etc/motd",
              "CAP   linkat: restricted VFS lookup: /etc/motd"),
          "passing",
          List.of("CAP   operation requires CAP_WRITE, descriptor holds CAP_READ,CAP_FSTAT"),
          "rights",
          List.of(
              "CAP   sendto: restricted address lookup: struct sockaddr { AF_LOCAL, sock }",
              "CAP   operation requires CAP_WRITE, descriptor holds CAP_NONE",
              "CAP   openat: restricted VFS lookup: /etc/motd"),
          "sockets",
          List.of(
              "CAP   sendto: restricted address lookup: struct sockaddr { AF_INET, 0.0.0.0:5000"
                  + " }"));

  @TempDir Path directory;

  static Object[] capturesWithCalls() {
    return Trace.names().stream()
        .filter(name -> !name.matches(".*-n?p") && !name.endsWith("-c"))
        .toArray();
  }

  @ParameterizedTest
  @MethodSource("capturesWithCalls")
  void aTraceWithoutViolationsGetsThemBack(String name) throws IOException {
    Trace capture = Trace.capture(name);
    Path kernel = capture.write(directory, "kernel");
    Path input = capture.without(RecordType.CAPFAIL).write(directory, "input");
    Path output = directory.resolve("output");
    assertEquals(0, Run.replay(input, "-o", output).status());
    List<String> lost = new ArrayList<>();
    for (String line : Run.diff(kernel, output).lines()) {
      if (line.startsWith("<")) {
        lost.add(line.substring(line.indexOf("CAP ")));
      } else {
        assertTrue(line.matches("\\d+ differences?: \\d+ only in .*, 0 only in .*, 0 changed"));
      }
    }
    List<String> expected =
        name.equals("ptrace/nasty-crash")
            ? List.of("CAP   syscall: restricted VFS lookup: AT_FDCWD") // of its core file
            : UNDECIDED.getOrDefault(name, List.of());
    assertEquals(expected, lost);
  }

  @Test
  void whatTheKernelLooksUpOfItselfIsRecordedBehindIt() throws IOException {
    Path kernel =
        Program.started()
            .call("__sysctl", Program.POINTER, 4, Program.POINTER, Program.POINTER, 0, 0)
            .looksUp("/bin/program")
            .violates(new Violation.Namei("AT_FDCWD"))
            .returns(0)
            .trace(directory);
    Trace without = Trace.read(kernel).without(RecordType.CAPFAIL);
    Path output = directory.resolve("output");
    assertEquals(0, Run.replay(without.write(directory, "input"), "-o", output).status());
    assertEquals(types(Trace.read(kernel)), types(Trace.read(output)));
  }

  @ParameterizedTest
  @MethodSource("capturesWithCalls")
  void everyViolationStandsWhereTheKernelPutIt(String name) throws IOException {
    Trace capture = Trace.capture(name);
    Path output = directory.resolve("output");
    Run.replay(capture.without(RecordType.CAPFAIL).write(directory, "input"), "-o", output);
    List<Integer> derived = types(Trace.read(output));
    List<Integer> recorded = types(capture);
    int at = 0;
    for (int type : recorded) {
      if (at < derived.size() && derived.get(at) == type) {
        at++;
      } else {
        assertEquals(RecordType.CAPFAIL, type, "only undecided violations are left out");
      }
    }
    assertEquals(derived.size(), at);
  }

  private static List<Integer> types(Trace trace) {
    return trace.records.stream().map(Trace::type).toList();
  }

  @Test
  void whatIsReplayedIsVerified() throws IOException {
    Path output = directory.resolve("output");
    Run.replay(Trace.capture("process").write(directory, "trace"), "-o", output);
    assertEquals(0, Run.verify(output).status());
  }

  @Test
  void strictNotesAreNoViolations() throws IOException {
    Path trace = Trace.capture("rights").write(directory, "trace");
    Path plain = directory.resolve("plain");
    Path strict = directory.resolve("strict");
    Run.replay(trace, "-o", plain);
    Run.replay("--strict", trace, "-o", strict);
    List<byte[]> added =
        Trace.read(strict).records.stream()
            .filter(r -> Trace.type(r) == RecordType.USER && Trace.text(r).startsWith("capemu"))
            .toList();
    assertTrue(
        added.stream()
            .anyMatch(
                r ->
                    Trace.text(r)
                        .matches(
                            "capemu strict: call 54 abi 0x9f0209 errno 93: ioctl command that the"
                                + " descriptor is not limited to: descriptor \\d+, command 0x\\w+")));
    Path again = directory.resolve("again");
    Run.replay(strict, "-o", again);
    assertEquals(
        -1, Files.mismatch(plain, again), "replay takes notes away as it takes violations");
  }

  @Test
  void anOlderReleaseHasTheOlderRecord() throws IOException {
    Path output = directory.resolve("output");
    Run.replay(
        "--release", "13.2", Trace.capture("unzip-full").write(directory, "in"), "-o", output);
    Trace replayed = Trace.read(output);
    byte[] first = replayed.records.get(replayed.indexOfViolation(0));
    assertEquals(64 + 40, first.length);
    assertEquals(2, Trace.payload(first).getInt(0));
  }

  @Test
  void aCallThatNeverReturnsHoldsNothingBackForEver() throws IOException {
    Trace trace = Trace.capture("unzip-full");
    Trace blocked = trace.without(record -> false);
    int open = trace.indexOf(RecordType.NAMEI, 8);
    byte[] call = blocked.records.get(open - 1).clone();
    Trace.fields(call).putLong(48, 424242); // another thread's
    blocked.records.add(open - 1, call);
    int size = 200_000;
    byte[] filler = trace.records.get(trace.indexOf(RecordType.SYSRET, 3));
    for (int i = 0; i < size; i++) {
      blocked.records.add(open + 2, filler);
    }
    Path output = directory.resolve("output");
    assertEquals(0, Run.replay(blocked.write(directory, "in"), "-o", output).status());
    assertTrue(Trace.read(output).records.size() >= size + trace.records.size() - 2);
  }

  @Test
  void theTraceItselfIsNotOverwritten() throws IOException {
    Path trace = Trace.capture("unzip-full").write(directory, "trace");
    long size = Files.size(trace);
    Run run = Run.replay(trace, "-o", trace);
    assertEquals(2, run.status());
    assertEquals(trace + ": is the trace that is read", run.error());
    assertEquals(size, Files.size(trace));
  }

  @Test
  void aTraceWithoutCallsCannotBeReplayed() throws IOException {
    Path trace = Trace.capture("unzip-np").write(directory, "trace");
    Run run = Run.replay(trace, "-o", directory.resolve("output"));
    assertEquals(2, run.status());
    assertEquals(trace + ": recorded without -t c: it has no system calls to replay", run.error());
  }
}
