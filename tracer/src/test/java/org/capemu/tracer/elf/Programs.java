package org.capemu.tracer.elf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Real programs: made by the compilers of this machine, and what its tools say of them. */
final class Programs {
  /** Says where its own functions are, and then waits to be told to end. */
  static final String SOURCE =
      """
      #include <stdio.h>
      static int helper(int a) { return a + 1; }
      int twice(int a) { return 2 * a; }
      int main(int argc, char **argv) {
        printf("%lx %lx %lx\\n", (long)(void *)main, (long)(void *)twice, (long)(void *)helper);
        fflush(stdout);
        return getchar() + helper(twice(argc)) == 0;
      }
      """;

  private Programs() {}

  /** Compiles {@link #SOURCE}; skips the test where this machine cannot. */
  static Path compiled(Path directory, String compiler, String... options) throws Exception {
    Path source = Files.writeString(directory.resolve("program.c"), SOURCE);
    Path program = directory.resolve("program");
    List<String> command = new ArrayList<>(List.of(compiler));
    command.addAll(List.of(options));
    command.addAll(List.of("-o", program.toString(), source.toString()));
    build(command);
    return program;
  }

  /** Runs a compiler; skips the test where it is not there or fails. */
  static void build(List<String> command) throws Exception {
    Run run = run(command);
    assumeTrue(run.status == 0, () -> String.join(" ", command) + ": " + run.output);
  }

  /** What a tool prints; skips the test where it is not there. */
  static List<String> lines(String... command) throws Exception {
    Run run = run(List.of(command));
    assumeTrue(run.status != NOT_THERE, () -> "no " + command[0]);
    assertEquals(0, run.status, run.output);
    return run.output.lines().toList();
  }

  static ElfFile read(Path file) throws IOException {
    return ElfFile.read(ByteSource.of(Files.readAllBytes(file))).orElseThrow();
  }

  /** As {@link #read}, but by what it needs of the file alone. */
  static <T> T open(Path file, java.util.function.Function<ElfFile, T> use) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      return use.apply(ElfFile.read(ByteSource.of(channel)).orElseThrow());
    }
  }

  private static final int NOT_THERE = -1;

  private record Run(int status, String output) {}

  private static Run run(List<String> command) throws Exception {
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("LC_ALL", "C");
      Process process = builder.start();
      process.getOutputStream().close();
      byte[] output = process.getInputStream().readAllBytes();
      return new Run(process.waitFor(), new String(output, StandardCharsets.ISO_8859_1));
    } catch (IOException notThere) {
      return new Run(NOT_THERE, notThere.getMessage());
    }
  }
}
