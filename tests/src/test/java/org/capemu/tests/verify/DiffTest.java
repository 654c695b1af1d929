package org.capemu.tests.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.capemu.tracer.ktrace.RecordType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiffTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {"process", "ptrace/nasty-forks", "ptrace/nasty-vfork", "ptrace/nasty-threads"})
  void idsAndTimesAreAside(String name) throws IOException {
    Trace trace = Trace.capture(name);
    Path one = trace.write(directory, "one");
    Path two = renumbered(trace).write(directory, "two");
    Run run = Run.diff(one, two);
    assertEquals("", run.text());
    assertEquals(0, run.status());
  }

  /** Of Linux's table: 2 is open, not fork, 257 is openat, not lio_listio. */
  @Test
  void callsOfLinuxProcessesHaveLinuxsNames() throws IOException {
    Program one = Program.attached().abi(Program.LINUX64).callNumber(2, 1, 0, 0).returns(3);
    one.thread(200, 200_200).callNumber(39).returns(200).thread(100, 100_100);
    Path left = Files.copy(one.trace(directory), directory.resolve("left"));
    Path right = one.callNumber(257, 3, 1, 0, 0).fails(2).trace(directory);
    Run run = Run.diff(left, right);
    assertEquals(1, run.status());
    assertTrue(run.lines().get(0).contains("CALL  linux_openat("), run.text());
    assertTrue(run.lines().get(1).contains("RET   linux_openat -1"), run.text());
    Program other = Program.attached().abi(Program.LINUX64).callNumber(2, 1, 0, 0).returns(3);
    other.thread(333, 333_333).callNumber(39).returns(333).thread(100, 100_100);
    assertEquals("", Run.diff(left, other.trace(directory)).text(), "open makes no process");
  }

  /**
   * One random walk, recorded by a kernel and by the emulator at the same moment. Five violations
   * are the kernel's alone, one of them all that a child has left.
   */
  @ParameterizedTest
  @ValueSource(strings = {"../live/fuzz3-p", "../live/fuzz3-np"})
  void childrenAreTheSameThoughFewRecordsTellThemApart(String name) throws IOException {
    Path kernel = Trace.capture(name + ".kernel").write(directory, "kernel");
    Path emulated = Trace.capture(name + ".emulated").write(directory, "emulated");
    Run run = Run.diff(kernel, emulated);
    assertEquals(
        "5 differences: 5 only in " + kernel + ", 0 only in " + emulated + ", 0 changed",
        run.lastLine(),
        run.text());
    assertEquals(1, run.status());
  }

  /** On more than one processor it is chance: each process's own order is what counts. */
  @ParameterizedTest
  @ValueSource(strings = {"process", "ptrace/nasty-forks", "../live/fuzz3-np.kernel"})
  void theOrderOfTwoProcessesRecordsIsAside(String name) throws IOException {
    Trace trace = Trace.capture(name);
    Trace other = trace.without(record -> false);
    int swapped = 0;
    for (int i = 1; i + 1 < other.records.size(); i++) {
      byte[] first = other.records.get(i);
      byte[] second = other.records.get(i + 1);
      boolean forks = List.of(RecordType.SYSCALL, RecordType.SYSRET).contains(Trace.type(first));
      if (Trace.fields(first).getInt(8) != Trace.fields(second).getInt(8) && !forks) {
        other.records.set(i, second);
        other.records.set(++i, first);
        swapped++;
      }
    }
    assertTrue(swapped > 0, "the traces are the same");
    Run run = Run.diff(trace.write(directory, "one"), other.write(directory, "two"));
    assertEquals("", run.text());
    assertEquals(0, run.status());
  }

  /** Stack, heap, libraries and PIEs lie elsewhere each time. */
  @ParameterizedTest
  @ValueSource(strings = {"report-foo-full", "process"})
  void addressesCanBeLeftAside(String name) throws IOException {
    Trace trace = Trace.capture(name);
    Trace moved = trace.without(record -> false);
    for (int i = 0; i < moved.records.size(); i++) {
      byte[] record = moved.records.get(i).clone();
      moved.records.set(i, record);
      int type = Trace.type(record);
      ByteBuffer payload = Trace.payload(record);
      int first = type == RecordType.SYSCALL ? 8 : type == RecordType.SYSRET ? 8 : record.length;
      for (int at = first; at + 8 <= payload.limit(); at += 8) {
        long value = payload.getLong(at);
        if (value >= 1L << 32 && value < 1L << 47) {
          payload.putLong(at, value ^ 0x1234_5000L);
        }
      }
    }
    Path one = trace.write(directory, "one");
    Path two = moved.write(directory, "two");
    assertEquals(1, Run.diff(one, two).status());
    Run run = Run.diff("--no-addresses", one, two);
    assertEquals("", run.text());
    assertEquals(0, run.status());
  }

  /** Every process and thread has another id, in headers, arguments and results; later by a day. */
  private static Trace renumbered(Trace trace) {
    Trace other = trace.without(record -> false);
    List<Integer> ids = new ArrayList<>();
    for (byte[] record : trace.records) {
      ids.add(Trace.fields(record).getInt(8));
      ids.add((int) Trace.fields(record).getLong(48));
    }
    for (int i = 0; i < other.records.size(); i++) {
      byte[] record = other.records.get(i).clone();
      other.records.set(i, record);
      ByteBuffer fields = Trace.fields(record);
      fields.putInt(8, fields.getInt(8) + 10_000_000);
      fields.putLong(48, fields.getLong(48) + 10_000_000);
      fields.putLong(32, fields.getLong(32) + 86_400);
      ByteBuffer payload = Trace.payload(record);
      if (Trace.type(record) == RecordType.SYSRET) {
        boolean returnsPid = List.of(2, 7, 20, 39, 66, 518).contains((int) payload.getShort(0));
        if (returnsPid && ids.contains((int) payload.getLong(8)) && payload.getLong(8) != 0) {
          payload.putLong(8, payload.getLong(8) + 10_000_000);
        }
      } else if (Trace.type(record) == RecordType.SYSCALL) {
        int argument =
            switch (payload.getShort(0)) {
              case 7, 37, 433, 456, 481 -> 0; // wait4, kill, thr_kill, sigqueue, thr_kill2
              case 466, 544 -> 1; // rtprio_thread, procctl
              case 487, 488, 561 -> 2; // cpuset_getaffinity, cpuset_setaffinity, cpuset_getdomain
              default -> -1;
            };
        if (argument >= 0 && argument < payload.getShort(2)) {
          int at = 8 + 8 * argument;
          int value = (int) payload.getLong(at);
          if (ids.contains(Math.abs(value)) && value > 1) {
            payload.putLong(at, value + 10_000_000);
          } else if (ids.contains(-value) && value < -1) {
            payload.putLong(at, value - 10_000_000);
          }
        }
      }
    }
    return other;
  }

  @Test
  void theLaunchersNameIsAside() throws IOException {
    Trace trace = Trace.capture("unzip-full");
    Path kernel = trace.write(directory, "kernel");
    Trace other = trace.without(record -> false);
    other.records.remove(other.indexOf(RecordType.SYSRET, 0)); // of ktrace(2)
    for (byte[] record : other.records) {
      if (new String(record, 12, 6, java.nio.charset.StandardCharsets.US_ASCII).equals("ktrace")) {
        System.arraycopy("capemu".getBytes(), 0, record, 12, 6);
      }
    }
    Run run = Run.diff(kernel, other.write(directory, "emulated"));
    assertEquals("", run.text());
    assertEquals(0, run.status());
  }

  @Test
  void aMissingRecordIsOneDifference() throws IOException {
    Trace trace = Trace.capture("rights");
    Path kernel = trace.write(directory, "kernel");
    trace.records.remove(trace.indexOfViolation(80));
    Path emulated = trace.write(directory, "emulated");
    Run run = Run.diff(kernel, emulated);
    assertEquals(1, run.status());
    assertEquals(2, run.lines().size(), run.text());
    assertTrue(
        run.lines().get(0).matches("< record \\d+ at offset \\d+: 20 probe    CAP   .*"),
        run.text());
    assertEquals(
        "1 difference: 1 only in %s, 0 only in %s, 0 changed".formatted(kernel, emulated),
        run.lastLine());
    assertTrue(Run.diff(emulated, kernel).lines().get(0).startsWith("> record "));
  }

  @Test
  void manyMissingRecordsAreAsManyDifferences() throws IOException {
    Trace trace = Trace.capture("namei");
    Path kernel = trace.write(directory, "kernel");
    for (int i = 0; i < 40; i++) {
      trace.records.remove(trace.indexOfViolation(i)); // every other one
    }
    Run run = Run.diff(kernel, trace.write(directory, "emulated"));
    assertTrue(run.lastLine().startsWith("40 differences: 40 only in "), run.lastLine());
  }

  @Test
  void anEqualRecordBetweenTwoMissingOnesIsNoDifference() throws IOException {
    Trace trace = Trace.capture("unzip-full");
    int namei = trace.indexOf(RecordType.NAMEI, 5);
    Path kernel = trace.write(directory, "kernel");
    trace.records.remove(namei + 1);
    trace.records.remove(namei - 1);
    Run run = Run.diff(kernel, trace.write(directory, "emulated"));
    assertTrue(run.lastLine().startsWith("2 differences: 2 only in "), run.text());
    assertTrue(run.lastLine().endsWith(", 0 changed"), run.text());
  }

  @Test
  void aChangedRecordIsOneDifference() throws IOException {
    Trace trace = Trace.capture("unzip-full");
    Path kernel = trace.write(directory, "kernel");
    Trace.payload(trace.records.get(trace.indexOf(RecordType.NAMEI, 5))).put(0, (byte) '!');
    Run run = Run.diff(kernel, trace.write(directory, "emulated"));
    assertEquals(1, run.status());
    assertTrue(run.lastLine().startsWith("1 difference: 0 only in "), run.text());
    assertTrue(run.lastLine().endsWith(", 1 changed"), run.text());
    assertEquals(3, run.lines().size());
  }

  @Test
  void onlyTheKindsAskedForAreCompared() throws IOException {
    Path full = Trace.capture("report-foo-full").write(directory, "full");
    Path lookups =
        Trace.capture("report-foo-full")
            .without(
                r ->
                    Trace.type(r) != RecordType.NAMEI
                        && Trace.type(r) != RecordType.CAPFAIL
                        && Trace.type(r) != RecordType.PROCCTOR)
            .write(directory, "lookups");
    assertEquals(0, Run.diff("-t", "np", full, lookups).status());
    assertEquals(1, Run.diff("-t", "cnp", full, lookups).status());
    assertEquals(2, Run.diff("-t", "Z", full, lookups).status());
  }

  @Test
  void twoRunsOfAProgramHaveTheSameViolations() throws IOException {
    Path one = Trace.capture("report-foo-np").write(directory, "one");
    Path two = Trace.capture("report-foo-full").write(directory, "two");
    Run run = Run.diff("-t", "p", one, two);
    assertEquals("", run.text());
    assertEquals(0, run.status());
  }

  /** In the file they are records of type USER. */
  @Test
  void whatStrictNotesIsAViolation() throws IOException {
    Path kernel = Trace.capture("namei").write(directory, "kernel");
    Path strict = directory.resolve("strict");
    assertEquals(0, Run.replay("--strict", kernel, "-o", strict).status());
    Path plain = directory.resolve("plain");
    assertEquals(0, Run.replay(kernel, "-o", plain).status());
    Run run = Run.diff("-t", "p", plain, strict);
    assertEquals(1, run.status());
    List<String> notes = run.lines().subList(0, run.lines().size() - 1);
    assertTrue(
        notes.stream().allMatch(line -> line.matches("> record .* CAP   strict: .*")), run.text());
    assertEquals(0, Run.diff("-t", "u", plain, strict).status());
  }

  @Test
  void jsonHasAnObjectForEachDifference() throws IOException {
    Trace trace = Trace.capture("unzip-full");
    Path kernel = trace.write(directory, "kernel");
    Trace.payload(trace.records.get(trace.indexOf(RecordType.NAMEI, 5))).put(0, (byte) '!');
    trace.records.remove(trace.indexOfViolation(0));
    Run run = Run.diff("--json", kernel, trace.write(directory, "emulated"));
    assertEquals(1, run.status());
    List<String> kinds = new ArrayList<>();
    for (String line : run.lines()) {
      try (JsonParser json = new JsonFactory().createParser(line)) {
        assertEquals(JsonToken.START_OBJECT, json.nextToken());
        assertEquals("difference", json.nextFieldName());
        kinds.add(json.nextTextValue());
      }
    }
    assertEquals(List.of("kernel", "changed"), kinds);
  }

  @Test
  void aTraceOfWhichTheOtherHasNothingIsAllDifferences() throws IOException {
    Trace trace = Trace.capture("rights");
    Path few = trace.write(directory, "few");
    for (int i = 0; i < 40; i++) {
      trace.records.addAll(Trace.capture("unzip-full").records);
    }
    Path many = trace.write(directory, "many");
    Run run = Run.diff("-t", "cnpstuiy", few, many);
    assertEquals(1, run.status());
    assertTrue(run.lastLine().contains(": 0 only in " + few + ", "), run.lastLine());
    assertTrue(run.lastLine().endsWith(", 0 changed"), run.lastLine());
  }
}
