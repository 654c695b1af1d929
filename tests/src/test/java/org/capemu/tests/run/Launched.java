package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One run of a command, {@code ./capemu} as a user starts it or any other: its exit status and what
 * it wrote. Standard input is empty.
 */
record Launched(int status, String out, String err) {
  /** The launcher script of this tree. */
  static final String CAPEMU = Path.of("../capemu").toAbsolutePath().normalize().toString();

  private static final long PATIENCE_SECONDS = 120;

  static Launched capemu(Path directory, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(CAPEMU));
    command.addAll(List.of(arguments));
    return command(directory, command);
  }

  static Launched command(Path directory, List<String> command)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile("out", "");
    Path err = Files.createTempFile("err", "");
    try {
      Process process = start(directory, out, err, command);
      process.getOutputStream().close();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("hangs: " + String.join(" ", command));
      }
      return new Launched(process.exitValue(), text(out), text(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  /**
   * The beginning of a command that starts capemu with signals as a terminal's shell leaves them,
   * also where nohup(1) started the tests.
   */
  static List<String> capemuOfTerminal(Path directory) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    boolean ignored =
        Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1).stream()
            .anyMatch(line -> line.startsWith("SigIgn:") && !line.matches("SigIgn:\\s*0+"));
    if (ignored) {
      command.addAll(List.of("env", "--default-signal"));
      assumeTrue(
          command(directory, List.of("env", "--default-signal", "true")).status() == 0,
          "signals are ignored here, and env(1) cannot change that");
    }
    command.add(CAPEMU);
    return command;
  }

  static Process start(Path directory, Path out, Path err, List<String> command)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("PERL_HASH_SEED", "0"); // perl does the same in every run
    return builder.start();
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }

  /** What {@code capemu dump} prints of a trace, without the column of process ids. */
  static List<String> dump(Path trace) throws IOException, InterruptedException {
    Launched dump = capemu(trace.toAbsolutePath().getParent(), "dump", "-f", trace.toString());
    assertEquals("", dump.err);
    assertEquals(0, dump.status);
    return dump.out.lines().map(line -> line.strip().replaceFirst("^-?\\d+ ", "")).toList();
  }

  /** What the program itself wrote to stderr: capemu's summary follows it. */
  String programsErr() {
    int summary = err.indexOf("capemu: ");
    return summary < 0 ? err : err.substring(0, summary);
  }

  /** Whether this system has a program: a name is looked for in PATH. */
  static boolean isThere(String program) {
    return program.startsWith("/")
        || Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
