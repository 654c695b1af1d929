package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The C programs of these tests: {@code src/test/c/hostile}. */
final class CProgram {
  private static final Path SOURCES = Path.of("src/test/c/hostile").toAbsolutePath();

  private CProgram() {}

  /** Compiles one into a directory; the test is skipped where there is no C compiler. */
  static String compile(Path directory, String name) throws IOException, InterruptedException {
    assumeTrue(Launched.isThere("cc"), "no C compiler: cc is not there");
    String program = directory.resolve(name).toString();
    Launched cc =
        Launched.command(
            directory,
            List.of(
                "cc", "-O1", "-pthread", "-o", program, SOURCES.resolve(name + ".c").toString()));
    assertEquals(0, cc.status(), cc.err());
    return program;
  }
}
