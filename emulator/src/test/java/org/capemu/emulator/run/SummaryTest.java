package org.capemu.emulator.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.capemu.policy.Violation;
import org.junit.jupiter.api.Test;

class SummaryTest {
  private static final int MANY = 10_000_000;

  private final Summary summary = new Summary();

  private long used() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /** Each in a place of its own, by everything that a program can choose. */
  @Test
  void tenMillionPlacesTakeNoMemory() {
    long before = used();
    for (int i = 0; i < MANY; i++) {
      switch (i & 3) {
        case 0 -> summary.add("c" + i, "open", new Violation.Namei("/" + i), "/" + i, true);
        case 1 -> summary.add("cat", "socket", new Violation.Proto(i), null, true);
        case 2 -> summary.add("cat", "kill", new Violation.Signal(i), null, true);
        default -> summary.add("cat", "ioctl", Violation.Untraced.of(93, "r" + i), "/" + i, true);
      }
    }
    long grown = used() - before;
    assertTrue(grown < 4 << 20, grown + " bytes");
    List<String> lines = summary.lines("t", false);
    assertEquals("capemu: 10000000 violations in more than 1024 places; trace in t", lines.get(0));
    long shown =
        lines.stream()
            .filter(line -> line.matches("  \\S.*: \\d+"))
            .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
            .sum();
    assertEquals(MANY, shown);
    assertEquals(4, lines.stream().filter(line -> line.endsWith("not told apart")).count());
    assertEquals(MANY, summary.ofProgram());
  }

  @Test
  void differentPathsAreOnePlace() {
    for (int i = 0; i < 3; i++) {
      summary.add("cat", "openat", new Violation.Namei("/" + i), "/" + i, true);
    }
    assertEquals(
        List.of(
            "capemu: 3 violations in 1 place; trace in t",
            "  restricted VFS lookup: 3",
            "          3  cat: openat, out of the directory e.g. \"/0\""),
        summary.lines("t", false));
  }

  @Test
  void numbersAreNamedAsInADump() {
    summary.add("a", "kill", new Violation.Signal(17), null, true);
    summary.add("a", "socket", new Violation.Proto(1), null, true);
    summary.add("a", "fcntl", new Violation.Syscall(12), null, true);
    summary.add("a", "kill", new Violation.Signal(200), null, true);
    String text = String.join("\n", summary.lines("t", false));
    assertTrue(text.contains("a: kill, SIGSTOP"), text);
    assertTrue(text.contains("a: kill, 200"), text);
    assertTrue(text.contains("a: socket, IPPROTO_ICMP"), text);
    assertTrue(text.contains("a: fcntl, F_SETLK"), text);
  }

  @Test
  void whatAProgramNamesPassesForNothingElse() {
    summary.add("\u001b[2J", "openat", new Violation.Namei("x"), "a\ncapemu: no violations", true);
    List<String> lines = summary.lines("t\n", false);
    assertEquals("capemu: 1 violation in 1 place; trace in t\\n", lines.get(0));
    assertEquals(
        "          1  \\x1b[2J: openat, out of the directory \"a\\ncapemu: no violations\"",
        lines.get(2));
    assertEquals(3, lines.size());
  }

  @Test
  void theLaunchersStartIsShownAndNotCounted() {
    summary.add("capemu", "execve", Violation.Syscall.NOT_ENABLED, "/bin/true", false);
    assertEquals(0, summary.ofProgram());
    assertEquals("capemu: 1 violation in 1 place; trace in t", summary.lines("t", false).get(0));
  }

  @Test
  void noPeaceWhileSomethingIsUndecided() {
    Summary summary = new Summary();
    summary.undecided("memory of a process that may not be read");
    assertEquals(
        List.of(
            "capemu: no violations found so far, but not all was decided; trace in k",
            "  calls that could not be decided: 1",
            "          1  memory of a process that may not be read"),
        summary.lines("k", true));
  }
}
