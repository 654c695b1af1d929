package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whenever capemu ends, no signal of the program's is lost. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class SignalsTest {
  /** How often capemu comes and goes; the profile {@code soak} makes it a hundred. */
  private static final int ENDS = Integer.getInteger("capemu.ends", 3);

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "HUP"})
  void everySignalIsDelivered(String signal) throws IOException, InterruptedException {
    String signals = CProgram.compile(directory, "signals");
    Path out = directory.resolve("out");
    Process program =
        Launched.start(directory, out, directory.resolve("err"), List.of(signals, "100000000"));
    try {
      for (int end = 0; end < ENDS; end++) {
        Path trace = directory.resolve("trace" + end);
        List<String> command = Launched.capemuOfTerminal(directory);
        command.addAll(List.of("run", "-f", trace.toString(), "-p", Long.toString(program.pid())));
        Process capemu =
            Launched.start(
                directory, directory.resolve("out" + end), directory.resolve("err" + end), command);
        while (!(Files.exists(trace) && Files.size(trace) > 50_000)) {
          assertTrue(capemu.isAlive(), () -> text(directory.resolve("err0")));
          Thread.sleep(20);
        }
        send(signal, capemu.pid());
        assertTrue(capemu.waitFor(10, TimeUnit.SECONDS));
        assertTrue(text(directory.resolve("err" + end)).contains(" so far"));
      }
    } finally {
      Files.createFile(directory.resolve("stop"));
    }
    assertTrue(program.waitFor(60, TimeUnit.SECONDS));
    List<String> lines = new ArrayList<>(Files.readAllLines(out));
    assertEquals("lost: 0", lines.get(1));
    assertEquals(0, program.exitValue());
  }

  private static void send(String signal, long pid) throws IOException, InterruptedException {
    assertEquals(0, new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor());
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
