package org.capemu.emulator.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.capemu.policy.Violation;
import org.capemu.tracer.UntracedProcesses;
import org.junit.jupiter.api.Test;

class SummaryTest {
  private static final int MANY = 10_000_000;

  private static final Violation OUT = new Violation.Namei(Violation.Namei.AT_FDCWD);

  private final Summary summary = new Summary();

  private static RunEnd end(String trace) {
    return new RunEnd(trace, false, false, "main", true, UntracedProcesses.NONE, List.of());
  }

  private List<String> lines(String trace) {
    return SummaryText.lines(summary, end(trace), false);
  }

  private void add(String program, String call, Violation violation, Subject subject) {
    add(Place.Part.OWN, program, false, call, violation, subject);
  }

  private void add(
      Place.Part part,
      String program,
      boolean isChild,
      String call,
      Violation violation,
      Subject subject) {
    summary.add(
        new Place(
            part,
            program,
            isChild,
            call,
            Kinds.kind(violation),
            Kinds.detail(violation),
            violation.errno(),
            part == Place.Part.LINUX_ONLY ? "FreeBSD does otherwise" : null),
        subject);
  }

  private void open(String path) {
    add("cat", "openat", OUT, Subject.path(path));
  }

  private static long used() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /** By everything that a program can choose. */
  @Test
  void tenMillionPlacesTakeNoMemory() {
    long before = used();
    for (int i = 0; i < MANY; i++) {
      switch (i & 3) {
        case 0 -> add("c" + i, "open", OUT, Subject.path("/" + i));
        case 1 -> add("cat", "socket", new Violation.Proto(i), Subject.words("" + i));
        case 2 -> add("cat", "kill", new Violation.Signal(i), Subject.words(i + " to " + i));
        default -> add("cat", "ioctl", Violation.Untraced.of(93, "r" + i), Subject.NONE);
      }
    }
    long grown = used() - before;
    assertTrue(grown < 4 << 20, grown + " bytes");
    List<String> lines = lines("t");
    assertTrue(
        lines.get(0).matches("capemu: 10000000 violations in more than \\d+ places; trace in t"),
        lines.get(0));
    assertEquals(
        2, lines.stream().filter(line -> line.startsWith("  in places not told apart, ")).count());
    long shown =
        lines.stream()
            .filter(line -> line.matches("  \\S.*: \\d+"))
            .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
            .sum();
    assertEquals(MANY, shown);
    assertEquals(MANY, summary.ofProgram());
  }

  /** Each in a directory of its own, three deep: all that they have in common is the root. */
  @Test
  void tenMillionPathsOfOneCallTakeNoMemory() {
    long before = used();
    for (int i = 0; i < MANY; i++) {
      open("/d" + i % 1009 + "/e" + i + "/f");
    }
    long grown = used() - before;
    assertTrue(grown < 4 << 20, grown + " bytes");
    List<String> lines = lines("t");
    assertTrue(lines.get(0).startsWith("capemu: 10000000 violations in more than "), lines.get(0));
    assertTrue(lines.contains("  cat: 10000000"), lines.toString());
    assertTrue(
        lines
            .get(2)
            .matches(" +10000000  ECAPMODE     openat \"/\\*\" \\(\\d+ names or more\\): .*"),
        lines.get(2));
  }

  @Test
  void differentPathsAreDifferentPlaces() {
    open("/etc/localtime");
    open("/etc/localtime");
    open("/etc/passwd");
    assertEquals(
        List.of(
            "capemu: 3 violations in 2 places; trace in t",
            "  cat: 3",
            "          2  ECAPMODE     openat \"/etc/localtime\": restricted VFS lookup",
            "          1  ECAPMODE     openat \"/etc/passwd\": restricted VFS lookup"),
        lines("t"));
  }

  /** Only where they are many; what lies elsewhere stays. */
  @Test
  void manyNamesCollapseByDirectory() {
    for (int i = 0; i < 35; i++) {
      open("/usr/share/locale/l" + i + "/LC_MESSAGES/cat.mo");
    }
    open("/etc/localtime");
    assertEquals(
        List.of(
            "capemu: 36 violations in 36 places; trace in t",
            "  cat: 36",
            "         35  ECAPMODE     openat \"/usr/share/locale/*\" (35 names):"
                + " restricted VFS lookup",
            "          1  ECAPMODE     openat \"/etc/localtime\": restricted VFS lookup"),
        lines("t"));
  }

  /** That all of them are somewhere in /usr would say nothing. */
  @Test
  void namesInManyDirectoriesStay() {
    for (int i = 0; i < 12; i++) {
      open("/usr/d" + i + "/f");
    }
    assertEquals(14, lines("t").size());
  }

  @Test
  void otherNamesCollapseByWhatTheyHaveInCommon() {
    for (int pid = 1; pid <= 100; pid++) {
      add("a", "kill", new Violation.Signal(15), Subject.words("SIGTERM to " + pid));
      add("a", "connect", Violation.Syscall.NOT_ENABLED, Subject.address("127.0.0.1:" + pid));
    }
    String text = String.join("\n", lines("t"));
    assertTrue(text.contains("  kill SIGTERM to * (100 names): "), text);
    assertTrue(text.contains("  connect 127.0.0.1:* (100 names): "), text);
  }

  /** The program's own come before its children's, however many those are. */
  @Test
  void theProgramsOwnComeFirst() {
    for (int i = 0; i < 5; i++) {
      add(Place.Part.OWN, "sh", true, "openat", OUT, Subject.path("/x"));
    }
    open("/etc/localtime");
    assertEquals(List.of("  cat: 1", "  sh (child): 5"), programs());
  }

  private List<String> programs() {
    return lines("t").stream().filter(line -> line.matches("  \\w+( \\(child\\))?: \\d+")).toList();
  }

  @Test
  void whatIsMissingIsSaid() {
    add(
        "a",
        "write",
        new Violation.NotCapable(
            org.capemu.policy.Right.CAP_WRITE.rights(), org.capemu.policy.Right.CAP_READ.rights()),
        Subject.words("fd 3"));
    assertEquals(
        "          1  ENOTCAPABLE  write fd 3: descriptor rights missing:"
            + " needs CAP_WRITE, holds CAP_READ",
        lines("t").get(2));
  }

  @Test
  void whatAProgramNamesPassesForNothingElse() {
    add("\u001b[2J", "openat", OUT, Subject.path("a\": x\ncapemu: no violations"));
    List<String> lines = lines("t\n");
    assertEquals("capemu: 1 violation in 1 place; trace in t\\n", lines.get(0));
    assertEquals("  \\x1b[2J: 1", lines.get(1));
    assertEquals(
        "          1  ECAPMODE     openat \"a\\\": x\\ncapemu: no violations\":"
            + " restricted VFS lookup",
        lines.get(2));
    assertEquals(3, lines.size());
  }

  @Test
  void startUpIsALineAndNotCounted() {
    Subject program = Subject.path("/bin/true");
    add(Place.Part.START_UP, "capemu", false, "execve", Violation.Syscall.NOT_ENABLED, program);
    assertEquals(0, summary.ofProgram());
    assertEquals(
        List.of(
            "capemu: no violations; trace in t",
            "  start-up, before main: 1 (not counted; --startup lists it)"),
        lines("t"));
    assertEquals(
        List.of(
            "capemu: no violations; trace in t",
            "  start-up, before main: 1 (not counted)",
            "          1  ECAPMODE     execve \"/bin/true\": system call not allowed"),
        SummaryText.lines(summary, end("t"), true));
  }

  @Test
  void whatIsLinuxsIsCountedApart() {
    add(Place.Part.LINUX_ONLY, "cat", false, "openat", OUT, Subject.path("/proc/x"));
    open("/etc/localtime");
    List<String> lines = lines("t");
    assertEquals("capemu: 1 violation in 1 place; trace in t", lines.get(0));
    assertEquals("  Linux's own, not met on FreeBSD: 1 of 2 (not counted)", lines.get(3));
    assertEquals(
        "          1  ECAPMODE     openat \"/proc/x\": FreeBSD does otherwise", lines.get(4));
  }

  /** The loader's lookups are the same in each of the programs that it loads. */
  @Test
  void whatIsLinuxsIsALineForAllPrograms() {
    for (int i = 0; i < 3; i++) {
      add(Place.Part.LINUX_ONLY, "p" + i, i > 0, "openat", OUT, Subject.path("/etc/ld.so.cache"));
    }
    assertEquals(
        List.of(
            "capemu: no violations; trace in t",
            "  Linux's own, not met on FreeBSD: 3 of 3 (not counted)",
            "          3  ECAPMODE     openat \"/etc/ld.so.cache\": FreeBSD does otherwise"),
        lines("t"));
  }

  @Test
  void nothingIsSaidToBeWellWhileSomethingIsNotKnown() {
    RunEnd end =
        new RunEnd(
            "t",
            true,
            false,
            "main",
            true,
            new UntracedProcesses(2, Set.of("s\nh")),
            List.of("x\u001b"));
    summary.undecided("no answer within a second");
    summary.incomplete();
    assertEquals(
        List.of(
            "capemu: no violations found so far, but not all was recorded and decided and traced;"
                + " trace in t",
            "  the trace is not complete: what came after it is not counted",
            "  calls that could not be decided: 1",
            "          1  no answer within a second",
            "  2 processes ran untraced (-i traces them): s\\nh",
            "  x\\x1b"),
        SummaryText.lines(summary, end, false));
  }

  /** Then all of it is start-up, which is not counted. */
  @Test
  void aMomentThatDidNotComeIsNoPeace() {
    RunEnd end = new RunEnd("t", false, false, "sym:x", false, UntracedProcesses.NONE, List.of());
    assertEquals(
        List.of("capemu: no violations found, but sym:x was not reached; trace in t"),
        SummaryText.lines(summary, end, false));
  }

  @Test
  void whatIsAppendedToIsThisRuns() {
    RunEnd end = new RunEnd("t", false, true, "main", true, UntracedProcesses.NONE, List.of());
    assertEquals(
        List.of("capemu: no violations in this run; trace in t"),
        SummaryText.lines(summary, end, false));
    open("x");
    assertEquals(
        "capemu: 1 violation in 1 place in this run; trace in t",
        SummaryText.lines(summary, end, false).get(0));
  }

  /** The same facts; names that are no UTF-8 one char a byte, others as they are read. */
  @Test
  void jsonHasAllNames() throws IOException {
    for (int i = 0; i < 35; i++) {
      open("/usr/share/locale/l" + i + "/LC_MESSAGES/cat.mo");
    }
    open("/\u00e4\u00ff");
    open("/\u00c3\u00a4");
    List<String> paths = new ArrayList<>();
    String json = SummaryJson.of(summary, end("t"));
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      for (JsonToken token; (token = parser.nextToken()) != null; ) {
        if (token == JsonToken.VALUE_STRING && "path".equals(parser.currentName())) {
          paths.add(parser.getText());
        }
      }
    }
    assertEquals(37, paths.size());
    assertEquals(List.of("/\u00e4\u00ff", "/\u00e4"), paths.subList(35, 37));
    assertTrue(json.contains("\"version\" : " + SummaryJson.VERSION), json);
    assertTrue(json.contains("\"violations\" : 37"), json);
    assertFalse(json.contains("*"), json);
  }
}
