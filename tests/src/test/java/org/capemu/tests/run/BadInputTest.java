package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What cannot be run gives one line that says why, exit status 2, and leaves nothing behind. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class BadInputTest {
  @TempDir Path directory;

  static Stream<Arguments> commands() {
    return Stream.of(
        bad("nosuch: command not found", "nosuch"),
        bad("./nosuch: No such file or directory", "./nosuch"),
        bad("./plain: Permission denied", "./plain"),
        bad("./folder: Is a directory", "./folder"),
        bad("./orphan: interpreter /no/such/interpreter: No such file or directory", "./orphan"),
        bad("missing/trace: No such file or directory", "-f", "missing/trace", "./program"),
        bad("folder: not a regular file", "-f", "folder", "./program"),
        bad("folder: not a regular file", "-a", "-f", "folder", "./program"),
        bad("/dev/full: not a regular file", "-f", "/dev/full", "./program"),
        bad("plain: nothing is appended to what is no trace", "-a", "-f", "plain", "./program"),
        bad("'': No such file or directory", "-f", "", "./program"),
        bad("a\\nb/c: No such file or directory", "-f", "a\nb/c", "./program"),
        bad("pid 999999999: No such process", "-p", "999999999"),
        bad("pid 0: No such process", "-p", "0"),
        bad("pid -3: No such process", "-p", "-3"),
        bad("-p 1: a program is given too", "-p", "1", "./program"),
        bad("Invalid value for option '-p': 'x' is not an int", "-p", "x"),
        bad("-t: unknown trace point 'z' in nz", "-t", "nz", "./program"),
        bad("-t w: nothing that capemu records (c n p s t u)", "-t", "w", "./program"),
        bad("Unknown option: '-z'", "-z", "./program"),
        bad("no program given"));
  }

  private static Arguments bad(String message, String... arguments) {
    return Arguments.of(message, arguments);
  }

  @BeforeEach
  void files() throws IOException {
    Files.writeString(directory.resolve("plain"), "text\n");
    Files.createDirectory(directory.resolve("folder"));
    executable("orphan", "#!/no/such/interpreter\n");
    new TinyProgram().write(directory.resolve("program"), 7);
  }

  private void executable(String name, String text) throws IOException {
    Path file = Files.writeString(directory.resolve(name), text);
    assertEquals(true, file.toFile().setExecutable(true));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("commands")
  void isOneLineAndExitStatusTwo(String message, String[] arguments)
      throws IOException, InterruptedException {
    List<String> before = files(directory);
    String[] words = new String[arguments.length + 1];
    words[0] = "run";
    System.arraycopy(arguments, 0, words, 1, arguments.length);
    assertEquals(
        new Launched(2, "", "capemu: " + message + "\n"), Launched.capemu(directory, words));
    assertEquals(before, files(directory));
  }

  /** An existing trace is not lost to a program that cannot be started. */
  @Test
  void anEarlierTraceStays() throws IOException, InterruptedException {
    Files.writeString(directory.resolve("ktrace.out"), "earlier");
    Launched.capemu(directory, "run", "./nosuch");
    Launched.capemu(directory, "run", "./script");
    assertEquals("earlier", Files.readString(directory.resolve("ktrace.out")));
  }

  /** The trace is cut, the program is not. */
  @Test
  void aProgramOutlivesAFullDisk() throws IOException, InterruptedException {
    new TinyProgram()
        .repeat(5000, 39)
        .call(1, 1, "the end\n", 8)
        .write(directory.resolve("program"), 7);
    Launched run =
        Launched.command(
            directory,
            List.of(
                "sh",
                "-c",
                "ulimit -f 100; trap '' XFSZ; exec \"$0\" run ./program",
                Launched.CAPEMU));
    assertEquals("capemu: ktrace.out: File too large", run.err().lines().findFirst().orElse(""));
    assertEquals("the end\n", run.out());
    assertEquals(2, run.status());
  }

  private static List<String> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(Path::toString).sorted().toList();
    }
  }
}
