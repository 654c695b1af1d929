package org.capemu.tests.dump;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** {@code ./capemu dump} as a shell starts it: descriptors that are closed, full or gone. */
@DisabledOnOs(OS.WINDOWS)
@Execution(ExecutionMode.CONCURRENT)
class DumpProcessTest {
  private static final Path HOME = Path.of("..").toAbsolutePath().normalize();

  @TempDir private Path directory;

  private record Outcome(int status, String out, String err) {}

  /** The launcher would build it, and say so. */
  @BeforeAll
  static void capemuIsBuilt() {
    for (String built : List.of("emulator/target/emulator.jar", "emulator/target/lib")) {
      assertTrue(Files.exists(HOME.resolve(built)), "mvn package was not run: no " + built);
    }
  }

  /** Runs a command line in which {@code $capemu} is the launcher and {@code $trace} a trace. */
  private Outcome shell(String commandLine) throws IOException, InterruptedException {
    Path trace = directory.resolve("trace.kt");
    Files.write(trace, Dump.capture("process.kt.gz"));
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", commandLine);
    builder.environment().put("capemu", HOME.resolve("capemu").toString());
    builder.environment().put("trace", trace.toString());
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    assertTrue(process.waitFor(120, TimeUnit.SECONDS));
    return new Outcome(
        process.exitValue(),
        Files.readString(out, StandardCharsets.ISO_8859_1),
        Files.readString(err, StandardCharsets.ISO_8859_1));
  }

  @Test
  void closedStandardInputIsAnEmptyTrace() throws Exception {
    assertEquals(
        new Outcome(0, "", "capemu: standard input: the trace is empty\n"),
        shell("\"$capemu\" dump -f - <&-"));
  }

  @Test
  void closedStandardOutputIsToldInOneLine() throws Exception {
    assertEquals(
        new Outcome(2, "", "capemu: standard output: Bad file descriptor\n"),
        shell("\"$capemu\" dump -f \"$trace\" >&-"));
  }

  @Test
  void closedStandardErrorDoesNotChangeTheText() throws Exception {
    Outcome outcome = shell("\"$capemu\" dump --kdump -f \"$trace\" 2>&-");
    String text = new String(Dump.capture("process.kdump.gz"), StandardCharsets.ISO_8859_1);
    assertEquals(new Outcome(0, text, ""), outcome);
  }

  @Test
  void aFullDiskIsToldInOneLine() throws Exception {
    assumeTrue(Files.exists(Path.of("/dev/full")), "no /dev/full");
    assertEquals(
        new Outcome(2, "", "capemu: standard output: No space left on device\n"),
        shell("\"$capemu\" dump -f \"$trace\" >/dev/full"));
  }

  @Test
  void aReaderOfTheFirstLineHearsNothingElse() throws Exception {
    Outcome outcome =
        shell("cat \"$trace\" \"$trace\" \"$trace\" | \"$capemu\" dump -f - | head -n 1");
    assertEquals(new Outcome(0, "    46 ktrace   RET   ktrace 0\n", ""), outcome);
  }
}
