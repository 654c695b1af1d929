package org.capemu.tests.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.capemu.tracer.ktrace.RecordType;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Long walks over descriptors with random limits: what is derived is what {@link WalkingKernel}
 * recorded, and nothing is undecided but what turns on something that no record shows.
 */
class RandomWalkTest {
  private static final int STEPS = 4000;
  private static final Pattern UNDECIDED = Pattern.compile(", (\\d+) undecided");

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void everyViolationIsDerived(long seed) {
    assertDerived(new WalkingKernel(seed, false), 0);
  }

  /** While it is not clear which numbers messages took, pairs of descriptors are not either. */
  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16, 17, 18})
  void soItIsWhereDescriptorsComeInMessages(long seed) {
    assertDerived(new WalkingKernel(seed, true), 8);
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24})
  void soItIsInCapabilityMode(long seed) {
    WalkingKernel kernel = new WalkingKernel(seed, false);
    kernel.walk(STEPS / 4);
    kernel.enterCapabilityMode();
    assertDerived(kernel, 0);
  }

  @ParameterizedTest
  @ValueSource(longs = {31, 32, 33, 34})
  void soItIsInCapabilityModeWithMessages(long seed) {
    WalkingKernel kernel = new WalkingKernel(seed, true);
    kernel.walk(STEPS / 4);
    kernel.enterCapabilityMode();
    assertDerived(kernel, 8);
  }

  @ParameterizedTest
  @ValueSource(longs = {41, 42, 43, 44})
  void whatIsNotTracedIsUndecidedAtMost(long seed) throws IOException {
    WalkingKernel kernel = new WalkingKernel(seed, true);
    kernel.walk(STEPS / 4);
    Trace whole = Trace.read(kernel.program().trace(directory));
    for (Set<Integer> missing :
        List.of(
            Set.of(RecordType.NAMEI),
            Set.of(RecordType.STRUCT, RecordType.STRUCT_ARRAY),
            Set.of(RecordType.NAMEI, RecordType.STRUCT, RecordType.STRUCT_ARRAY))) {
      Trace rest = whole.without(record -> missing.contains(Trace.type(record)));
      Run run = Run.verify(rest.write(directory, "rest"));
      assertEquals(0, run.status(), "without " + missing + ": " + run.text());
    }
  }

  private void assertDerived(WalkingKernel kernel, int tolerated) {
    kernel.walk(STEPS);
    Run run = Run.verify(kernel.program().trace(directory));
    assertEquals(0, run.status(), run.text());
    Matcher undecided = UNDECIDED.matcher(run.lastLine());
    assertTrue(undecided.find(), run.text());
    int allowed = kernel.undecided() + tolerated;
    assertTrue(Integer.parseInt(undecided.group(1)) <= allowed, allowed + ": " + run.text());
  }
}
