package org.capemu.tests.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.capemu.tracer.ktrace.RecordType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerifyTest {
  /** What a capture does not tell: the records behind symbolic links, or memory. */
  private static final Map<String, Integer> UNDECIDED =
      Map.of(
          "namei", 6,
          "namei-c", 6,
          "passing", 1,
          "passing-c", 1,
          "process-c", 1,
          "rights", 3,
          "rights-c", 3,
          "sockets", 1,
          "sockets-c", 7);

  @TempDir Path directory;

  static Object[] capturesWithCalls() {
    return Trace.names().stream().filter(name -> !name.matches(".*-n?p")).toArray();
  }

  @ParameterizedTest
  @MethodSource("capturesWithCalls")
  void aKernelsRecordsAreTheModels(String name) throws IOException {
    Trace trace = Trace.capture(name);
    Path file = trace.write(directory, "trace");
    Run run = Run.verify(file);
    long records = trace.records.stream().filter(r -> Trace.type(r) == RecordType.CAPFAIL).count();
    long outside = name.equals("ptrace/nasty-crash") ? 1 : 0; // its core file is looked up
    int undecided = UNDECIDED.getOrDefault(name, 0);
    assertEquals(0, run.status(), run.text());
    assertEquals(1, run.lines().size(), run.text());
    assertTrue(
        run.text()
            .startsWith(
                "%s: %d CAP records: %d equal, 0 missing, 0 extra, 0 other, %d undecided"
                    .formatted(file, records - outside, records - outside - undecided, undecided)),
        run.text());
  }

  @ParameterizedTest
  @ValueSource(strings = {"namei-c", "process-c", "rights-c", "sockets-c"})
  void refusalsInCapabilityModeAreTheModels(String name) throws IOException {
    Run run = Run.verify(Trace.capture(name).write(directory, "trace"));
    assertTrue(
        run.lastLine().matches(".* refused in capability mode, 0 otherwise than derived"),
        run.text());
  }

  @ParameterizedTest
  @ValueSource(strings = {"report-foo-p", "report-foo-np", "report-unzip-np", "unzip-np"})
  void aTraceWithoutCallsCannotBeVerified(String name) throws IOException {
    Path file = Trace.capture(name).write(directory, "trace");
    Run run = Run.verify(file);
    assertEquals(2, run.status());
    assertEquals(
        file + ": recorded without -t c: it has no system calls, and cannot be verified",
        run.error());
  }

  @Test
  void aRecordThatTheKernelDidNotMakeIsExtra() throws IOException {
    Trace trace = Trace.capture("rights");
    trace.records.remove(trace.indexOfViolation(100));
    Run run = Run.verify(trace.write(directory, "trace"));
    assertEquals(1, run.status());
    assertEquals(2, run.lines().size(), run.text());
    assertTrue(
        run.lines()
            .get(0)
            .endsWith(
                "fchmodat(0x6,0x203345,0x1a4,0): extra: the model found NOTCAPABLE, needs"
                    + " CAP_FCHMODAT, holds CAP_NONE; rule: lookup(dirfd 0, path 1) needs"
                    + " CAP_FCHMODAT, at flags 3"),
        run.text());
    assertTrue(run.lastLine().contains(", 0 missing, 1 extra, 0 other, "), run.text());
  }

  @Test
  void aRecordThatTheModelDoesNotFindIsMissing() throws IOException {
    Trace trace = Trace.capture("unzip-full");
    int first = trace.indexOfViolation(0);
    trace.records.add(first, trace.records.get(first));
    Run run = Run.verify(trace.write(directory, "trace"));
    assertEquals(1, run.status());
    assertTrue(
        run.lines()
            .get(0)
            .contains(": missing: the kernel recorded SYSCALL; rule: not enabled in capability"),
        run.text());
    assertTrue(run.lastLine().contains(", 1 missing, 0 extra, 0 other, "), run.text());
  }

  @Test
  void aRecordWithOtherRightsIsOther() throws IOException {
    Trace trace = Trace.capture("passing");
    int last = trace.indexOfViolation(25);
    Trace.payload(trace.records.get(last)).putLong(16, 1);
    Run run = Run.verify(trace.write(directory, "trace"));
    assertEquals(1, run.status());
    assertTrue(
        run.lines()
            .get(0)
            .contains(
                ": other: the kernel recorded NOTCAPABLE, needs CAP_READ, holds"
                    + " CAP_READ,CAP_ACCEPT,CAP_EVENT; the model found NOTCAPABLE, needs CAP_WRITE,"),
        run.text());
    assertTrue(run.lastLine().contains(", 0 missing, 0 extra, 1 other, "), run.text());
  }

  @Test
  void aCallThatCapabilityModeLetPassIsADifference() throws IOException {
    Trace trace = Trace.capture("sockets-c");
    for (int i = 0; i < trace.records.size(); i++) {
      byte[] record = trace.records.get(i);
      boolean refused =
          Trace.type(record) == RecordType.SYSRET && Trace.payload(record).getInt(4) == 94;
      if (refused) {
        Trace.payload(record).putInt(4, 0);
        break;
      }
    }
    Run run = Run.verify(trace.write(directory, "trace"));
    assertEquals(1, run.status());
    assertTrue(
        run.lines().get(0).contains(": refusal: returned without error; the model refuses it"),
        run.text());
  }

  @Test
  void severalTracesHaveALineEach() throws IOException {
    Path one = Trace.capture("cp-full").write(directory, "one");
    Path two = Trace.capture("unzip-full").write(directory, "two");
    Run run = Run.verify(one, two);
    assertEquals(0, run.status());
    assertEquals(
        one
            + ": 13 CAP records: 13 equal, 0 missing, 0 extra, 0 other, 0 undecided\n"
            + two
            + ": 17 CAP records: 17 equal, 0 missing, 0 extra, 0 other, 0 undecided\n",
        run.text());
  }

  @Test
  void whatWasLostIsUndecided() throws IOException {
    Trace trace = Trace.capture("rights");
    int lost = trace.indexOfViolation(100);
    trace.records.remove(lost);
    byte[] next = trace.records.get(lost);
    Trace.fields(next).putShort(4, (short) (Trace.fields(next).getShort(4) | 0x8000));
    Run run = Run.verify(trace.write(directory, "trace"));
    assertEquals(0, run.status(), run.text());
    assertTrue(run.text().contains("records that were lost: 1"), run.text());
  }

  @ParameterizedTest
  @MethodSource("capturesWithCalls")
  void aTraceThatBeginsInTheMiddleDoesNotDiffer(String name) throws IOException {
    Trace whole = Trace.capture(name);
    for (int first = 7; first < whole.records.size() - 10; first += 29) {
      Trace rest = whole.without(record -> false);
      rest.records.subList(0, first).clear();
      Run run = Run.verify(rest.write(directory, "rest"));
      assertEquals(
          run.error().isEmpty() ? 0 : 2, run.status(), "from " + first + "\n" + run.text());
    }
  }

  @ParameterizedTest
  @MethodSource("capturesWithCalls")
  void aTraceThatEndsAnywhereDoesNotDiffer(String name) throws IOException {
    Trace whole = Trace.capture(name);
    for (int end = 11; end < whole.records.size(); end += 31) {
      Trace part = whole.without(record -> false);
      part.records.subList(end, part.records.size()).clear();
      Run run = Run.verify(part.write(directory, "part"));
      assertEquals(0, run.status(), "up to " + end + "\n" + run.text());
    }
  }

  @ParameterizedTest
  @MethodSource("capturesWithCalls")
  void whatWasNotTracedIsUndecidedAtMost(String name) throws IOException {
    Trace whole = Trace.capture(name);
    for (Set<Integer> missing :
        List.of(
            Set.of(RecordType.NAMEI),
            Set.of(RecordType.STRUCT, RecordType.STRUCT_ARRAY),
            Set.of(RecordType.NAMEI, RecordType.STRUCT, RecordType.STRUCT_ARRAY),
            Set.of(RecordType.SYSCTL, RecordType.PSIG, RecordType.GENIO),
            Set.of(RecordType.PROCCTOR, RecordType.PROCDTOR))) {
      Trace rest = whole.without(record -> missing.contains(Trace.type(record)));
      Run run = Run.verify(rest.write(directory, "rest"));
      assertEquals(0, run.status(), "without " + missing + "\n" + run.text());
    }
  }
}
