package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The C programs of these tests: {@code src/test/c/hostile} and {@code startup}. */
final class CProgram {
  private static final Path SOURCES = Path.of("src/test/c").toAbsolutePath();

  private CProgram() {}

  /** Compiles one into a directory; the test is skipped where there is no C compiler. */
  static String compile(Path directory, String name) throws IOException, InterruptedException {
    assumeTrue(Launched.isThere("cc"), "no C compiler: cc is not there");
    String program = directory.resolve(name).toString();
    Launched cc =
        Launched.command(
            directory,
            List.of(
                "cc",
                "-O1",
                "-pthread",
                "-o",
                program,
                SOURCES.resolve("hostile/" + name + ".c").toString()));
    assertEquals(0, cc.status(), cc.err());
    return program;
  }

  /**
   * Compiles one of {@code startup}.
   *
   * @param compiler the compiler and its options; the test is skipped where it cannot compile so
   */
  static String compile(Path directory, String name, String compiler)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(compiler.split(" ")));
    assumeTrue(Launched.isThere(command.get(0)), command.get(0) + " is not there");
    String program = directory.resolve(name).toString();
    String source = SOURCES.resolve("startup/" + name + ".c").toString();
    command.addAll(List.of("-pthread", "-o", program, source));
    Launched compiled = Launched.command(directory, command);
    assumeTrue(compiled.status() == 0, compiler + " cannot compile: " + compiled.err());
    return program;
  }
}
