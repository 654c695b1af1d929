package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whenever capemu ends before the program, the program goes on, and what was recorded can be read.
 */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
@Isolated("it waits for what other processes do")
class SurvivalTest {
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

  /** How often capemu is killed at some moment; the profile {@code soak} makes it 240. */
  private static final int KILLS = Integer.getInteger("capemu.kills", 5);

  private static final int LAST_MOMENT_MILLIS = 2000;

  /** Two processes that work until {@code stop} is there, or {@code pid} is not any more. */
  private static final String PROGRAM =
      "echo $$ >pid; work() { while [ ! -e stop ] && [ -e pid ]; do cd .; done; }; "
          + "(work; echo child >child) & work; wait; echo end >end";

  /** What /bin/sh is a name for. */
  private static final String SHELL = "[a-z]*sh ";

  private static final Predicate<String> CHDIR =
      Pattern.compile(SHELL + " *CAP   system call not allowed: chdir").asMatchPredicate();

  @TempDir Path directory;

  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void stopWhatStillRuns() throws IOException {
    Files.write(directory.resolve("stop"), new byte[0]);
    started.forEach(Process::destroyForcibly);
  }

  @ParameterizedTest
  @ValueSource(strings = {"KILL", "TERM", "HUP"})
  void aProgramOutlivesCapemu(String signal) throws IOException, InterruptedException {
    Process capemu = capemu("run", "-i", "-t", "cnp", "sh", "-c", PROGRAM);
    long pid = Long.parseLong(await(() -> firstLine("pid")));
    await(() -> Files.size(directory.resolve("ktrace.out")) > 100_000 ? "recorded" : null);
    kill(signal, capemu.pid());
    assertTrue(capemu.waitFor(20, TimeUnit.SECONDS));
    assertEquals("0", status(pid, "TracerPid"));
    goesOnToItsEnd();
    assertTrue(Launched.dump(directory.resolve("ktrace.out")).stream().anyMatch(CHDIR));
  }

  @Test
  void aProcessIsAttachedToAndLeft() throws IOException, InterruptedException {
    Process program =
        Launched.start(
            directory,
            directory.resolve("o"),
            directory.resolve("e"),
            List.of("sh", "-c", PROGRAM));
    await(() -> firstLine("pid"));
    for (int i = 0; i < 5; i++) {
      Process capemu = capemu("run", "-d", "-p", Long.toString(program.pid()));
      await(() -> Files.size(directory.resolve("ktrace.out")) > 100_000 ? "recorded" : null);
      assertNotEquals("0", status(program.pid(), "TracerPid"));
      kill("INT", capemu.pid());
      assertTrue(capemu.waitFor(20, TimeUnit.SECONDS));
      assertEquals("0", status(program.pid(), "TracerPid"));
      List<String> dump = Launched.dump(directory.resolve("ktrace.out"));
      assertTrue(dump.stream().anyMatch(CHDIR));
      assertEquals(List.of(), dump.stream().filter(line -> !line.matches(SHELL + ".*")).toList());
      Files.delete(directory.resolve("ktrace.out"));
    }
    goesOnToItsEnd();
    assertEquals(0, program.waitFor());
  }

  /** Whatever capemu is doing when it is killed, its own start included. */
  @Test
  void aProgramOutlivesCapemuAtAnyMoment() throws IOException, InterruptedException {
    Random moments = new Random(1);
    for (int i = 0; i < KILLS; i++) {
      Files.deleteIfExists(directory.resolve("pid"));
      Process capemu =
          capemu("run", "-i", "sh", "-c", "echo $$ >pid; while [ ! -e stop ]; do cd .; done");
      Thread.sleep(moments.nextInt(LAST_MOMENT_MILLIS));
      kill("KILL", capemu.pid());
      assertTrue(capemu.waitFor(20, TimeUnit.SECONDS));
      String pid = firstLine("pid");
      if (pid != null) { // else it was killed before it had started anything
        assertEquals("0", status(Long.parseLong(pid), "TracerPid"));
        await(() -> status(Long.parseLong(pid), "State").matches("[RS].*") ? "runs" : null);
        kill("KILL", Long.parseLong(pid));
      }
    }
  }

  /** SIGKILL of the program itself at any moment is an ordinary end. */
  @Test
  void aKilledProgramIsAnOrdinaryEnd() throws IOException, InterruptedException {
    for (int i = 0; i < 5; i++) {
      Files.deleteIfExists(directory.resolve("pid"));
      Process capemu = capemu("run", "sh", "-c", PROGRAM);
      long pid = Long.parseLong(await(() -> firstLine("pid")));
      kill("KILL", pid);
      assertTrue(capemu.waitFor(20, TimeUnit.SECONDS));
      assertEquals(128 + 9, capemu.exitValue());
    }
  }

  private Process capemu(String... arguments) throws IOException, InterruptedException {
    List<String> command = Launched.capemuOfTerminal(directory);
    command.addAll(List.of(arguments));
    Process process =
        Launched.start(directory, directory.resolve("out"), directory.resolve("err"), command);
    started.add(process);
    return process;
  }

  private void goesOnToItsEnd() throws IOException {
    Files.createFile(directory.resolve("stop"));
    await(() -> firstLine("end"));
    assertEquals("child", firstLine("child"));
  }

  private String firstLine(String file) throws IOException {
    Path path = directory.resolve(file);
    String text = Files.exists(path) ? Files.readString(path) : "";
    return text.endsWith("\n") ? text.strip() : null;
  }

  private static String status(long pid, String field) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status"), StandardCharsets.ISO_8859_1)
        .stream()
        .filter(line -> line.startsWith(field + ":"))
        .map(line -> line.substring(field.length() + 1).strip())
        .findFirst()
        .orElseThrow();
  }

  private static void kill(String signal, long pid) throws IOException, InterruptedException {
    assertEquals(0, new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor());
  }

  /** Asks until there is an answer. */
  private static String await(Callable<String> question) {
    long deadline = System.nanoTime() + PATIENCE;
    while (System.nanoTime() < deadline) {
      try {
        String answer = question.call();
        if (answer != null) {
          return answer;
        }
        Thread.sleep(20);
      } catch (IOException notYet) {
        // asked again
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }
    throw new AssertionError("nothing happens");
  }
}
