package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Children of clone(2) and clone3(2) with CLONE_UNTRACED, which FreeBSD does not have. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class UntracedChildTest {
  @TempDir Path directory;

  private Launched run(String... words) throws IOException, InterruptedException {
    CProgram.compile(directory, "untraced");
    Launched run = Launched.capemu(directory, words);
    assertEquals(0, run.status(), run.err());
    return run;
  }

  private List<String> madeBy() throws IOException, InterruptedException {
    return Launched.dump(directory.resolve("ktrace.out")).stream()
        .filter(line -> line.contains("NAMI  \"/made/by/"))
        .map(line -> line.replaceFirst(".*/made/by/", "").replace("\"", ""))
        .sorted()
        .toList();
  }

  @RepeatedTest(5)
  void isTracedAndFindsItsFlagsAsTheyWere() throws IOException, InterruptedException {
    Launched run = run("run", "-i", "-t", "np", "./untraced");
    assertEquals(List.of("clone", "clone3", "thread", "vfork"), madeBy());
    assertFalse(run.err().contains("CLONE_UNTRACED"), run.err());
  }

  @Test
  void aThreadIsTracedWithoutItsProcessesChildren() throws IOException, InterruptedException {
    run("run", "-t", "np", "./untraced");
    assertEquals(List.of("thread"), madeBy());
  }

  @Test
  void flagsThatOthersMaySeeAreLeftAndThatIsSaid() throws IOException, InterruptedException {
    Launched run = run("run", "-i", "-t", "np", "./untraced", "shared");
    assertEquals(List.of("clone", "thread", "vfork"), madeBy());
    assertTrue(run.err().contains("untraced makes a child with CLONE_UNTRACED"), run.err());
  }
}
