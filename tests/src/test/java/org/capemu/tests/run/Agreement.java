package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.capemu.tests.verify.Run;

/**
 * What {@code run} found, {@code verify} and {@code replay} find in its trace, but for what the
 * trace does not tell, which both say.
 */
final class Agreement {
  private static final Pattern COUNTS =
      Pattern.compile(
          ".*: (\\d+) CAP records: (\\d+) equal, 0 missing, 0 extra, 0 other, (\\d+) undecided.*");

  private Agreement() {}

  /**
   * Asserts it of a trace.
   *
   * @param release that the trace is of
   * @return how many violations the trace does not tell the reason for
   */
  static int check(Path trace, String release) {
    Run verify = Run.verify("--release", release, trace);
    Matcher counts = COUNTS.matcher(verify.lastLine());
    assertTrue(counts.matches(), verify.text() + verify.error());
    assertEquals(0, verify.status(), verify.text());
    int undecided = Integer.parseInt(counts.group(3));
    assertNotEquals("0", counts.group(2), "the launcher's execve is always there");

    Path replayed = trace.resolveSibling("replayed-" + trace.getFileName());
    assertEquals(0, Run.replay("--release", release, trace, "-o", replayed).status());
    Run diff = Run.diff(trace, replayed);
    List<String> lost = diff.lines().stream().filter(line -> line.startsWith("<")).toList();
    assertEquals(undecided, lost.size(), diff.text());
    assertTrue(lost.stream().allMatch(line -> line.contains(" CAP ")), diff.text());
    assertTrue(diff.lines().stream().noneMatch(line -> line.startsWith(">")), diff.text());
    return undecided;
  }

  static int check(Path trace) {
    return check(trace, "15.0");
  }
}
