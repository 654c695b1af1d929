package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What capemu looks at may be served by a tracee that stands still: a file system of its own, pages
 * that it has to fill. capemu does not wait for it.
 */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class ServedTest {
  /** What the programs say where the kernel or the user has no means for them. */
  private static final int CANNOT = 77;

  private static final int RUNS = Integer.getInteger("capemu.runs", 1);

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"served_files,np", "served_files,cnp", "served_pages,np", "served_pages,cnp"})
  void nothingIsWaitedFor(String name, String letters) throws IOException, InterruptedException {
    Path mounted = Files.createDirectory(directory.resolve("mounted"));
    List<String> command =
        List.of(CProgram.compile(directory, name), mounted.toAbsolutePath().toString());
    Launched untraced = Launched.command(directory, command);
    assumeTrue(untraced.status() != CANNOT, name + " cannot be done by this user here");
    assertEquals(0, untraced.status(), untraced.out());
    for (int run = 0; run < RUNS; run++) {
      Launched traced =
          Launched.capemu(directory, "run", "-i", "-t", letters, command.get(0), command.get(1));
      assertEquals(untraced.out(), traced.out(), traced.err());
      assertEquals(0, traced.status());
      assertTrue(traced.err().contains("         50  ECAPMODE     fstatat "), traced.err());
    }
  }
}
