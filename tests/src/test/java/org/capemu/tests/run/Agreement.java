package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.capemu.tests.verify.Run;

/** Whatever {@code run} found, {@code verify} and {@code replay} find in its trace. */
final class Agreement {
  private static final Pattern COUNTS =
      Pattern.compile(
          ".*: (\\d+) CAP records: (\\d+) equal, 0 missing, 0 extra, 0 other, 0 undecided.*");

  private Agreement() {}

  /**
   * Asserts it of a trace.
   *
   * @param release that the trace is of
   */
  static void check(Path trace, String release) {
    Run verify = Run.verify("-u", "--release", release, trace);
    Matcher counts = COUNTS.matcher(verify.lastLine());
    assertTrue(counts.matches(), verify.text() + verify.error());
    assertEquals(0, verify.status(), verify.text());
    assertNotEquals("0", counts.group(2), "the launcher's execve is always there");

    Path replayed = trace.resolveSibling("replayed-" + trace.getFileName());
    assertEquals(0, Run.replay("--release", release, trace, "-o", replayed).status());
    Run diff = Run.diff(trace, replayed);
    assertEquals(0, diff.status(), diff.text());
  }

  static void check(Path trace) {
    check(trace, "15.0");
  }
}
