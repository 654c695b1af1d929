package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.capemu.tracer.ktrace.KtraceHeader;
import org.capemu.tracer.ktrace.KtraceWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** capemu's own arguments, and what it says itself. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class CommandLineTest {
  private static final int WRITE = 1;
  private static final int OPENAT = 257;
  private static final int SYS_FORK = 2;
  private static final int AT_FDCWD = -100;

  @TempDir Path directory;

  private Launched capemu(String... arguments) throws IOException, InterruptedException {
    return Launched.capemu(directory, arguments);
  }

  private Launched shell(String command) throws IOException, InterruptedException {
    return Launched.command(directory, List.of("sh", "-c", command, Launched.CAPEMU));
  }

  /** Not the name of a file of arguments. */
  @Test
  void anArgumentThatBeginsWithAtIsTheProgramsOwn() throws IOException, InterruptedException {
    Files.writeString(directory.resolve("f"), "other arguments");
    assertEquals("@f\n", capemu("run", "echo", "@f").out());
    assertEquals("@f x @\n", capemu("run", "--", "echo", "@f", "x", "@").out());
    assertEquals("capemu: @f: command not found\n", capemu("run", "@f").err());
    assertEquals(2, capemu("@f").status());
    assertEquals("capemu: @f: No such file or directory\n", capemu("verify", "@f").err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "run", "dump", "replay", "verify", "diff"})
  void everyCommandKnowsItsVersionAndItsHelp(String command)
      throws IOException, InterruptedException {
    String[] version = command.isEmpty() ? words("--version") : words(command, "--version");
    Launched told = capemu(version);
    assertTrue(told.out().matches("capemu \\d+\\.\\d+\\.\\d+\n"), told.out());
    assertEquals(0, told.status());
    String[] help = command.isEmpty() ? words("--help") : words(command, "--help");
    Launched helped = command.isEmpty() ? capemu("help") : capemu("help", command);
    assertEquals(capemu(help), helped);
    assertTrue(helped.out().startsWith("Usage: capemu"), helped.out());
  }

  private static String[] words(String... words) {
    return words;
  }

  @Test
  void anUnknownCommandIsALine() throws IOException, InterruptedException {
    assertEquals(2, capemu("help", "nosuch").status());
    assertEquals(1, capemu("help", "nosuch").err().lines().count());
    assertEquals(new Launched(2, "", "capemu: no command given; try 'capemu --help'\n"), capemu());
  }

  @Test
  void whatIsNotThereHasNoResult() throws IOException, InterruptedException {
    assertEquals(
        new Launched(2, "", "capemu: nosuch: No such file or directory\n"),
        capemu("verify", "nosuch"));
    for (String command : List.of("dump -f ''", "verify ''", "diff '' ''", "replay -o x ''")) {
      assertEquals(
          new Launched(2, "", "capemu: '': No such file or directory\n"),
          shell("exec \"$0\" " + command));
    }
  }

  @Test
  void aFullDiskIsAnErrorOfEveryCommand() throws IOException, InterruptedException {
    assertEquals(0, capemu("run", "-f", "t", "/bin/true").status());
    assertEquals(0, capemu("run", "-f", "u", "/bin/echo").status());
    for (String command :
        List.of("dump -f t", "verify t", "diff t u", "replay -o v t", "--help", "run --help")) {
      assertEquals(
          new Launched(2, "", "capemu: standard output: No space left on device\n"),
          shell("exec \"$0\" " + command + " >/dev/full"),
          command);
    }
  }

  @Test
  void theLaunchersOwnCallIsNoViolationOfTheProgram() throws IOException, InterruptedException {
    new TinyProgram().call(WRITE, 1, "out\n", 4).write(directory.resolve("writes"), 0);
    Launched clean = capemu("run", "--fail-on-violation", "./writes");
    assertEquals(0, clean.status());
    assertTrue(clean.err().startsWith("capemu: 1 violation in 1 place; "), clean.err());
    new TinyProgram().call(OPENAT, AT_FDCWD, "nowhere", 0).write(directory.resolve("opens"), 0);
    assertEquals(3, capemu("run", "--fail-on-violation", "./opens").status());
    assertEquals(0, capemu("run", "./opens").status());
  }

  /** A file name is all that it takes. */
  @Test
  void aProgramCannotSpeakInCapemusName() throws IOException, InterruptedException {
    String forged = "x\ncapemu: no violations; trace in ktrace.out\n\u001b[8m";
    new TinyProgram().call(OPENAT, AT_FDCWD, forged, 0).write(directory.resolve("forger"), 0);
    String shown = "\"x\\ncapemu: no violations; trace in ktrace.out\\n\\x1b[8m\"";
    Launched run = capemu("run", "./forger");
    assertEquals(1, run.err().lines().filter(line -> line.startsWith("capemu:")).count());
    assertTrue(run.err().contains(shown), run.err());
    assertTrue(capemu("dump").out().contains("NAMI  \"" + forged + "\"\n"));
    assertTrue(capemu("dump", "--escape").out().contains("NAMI  " + shown + "\n"));
    new TinyProgram().write(directory.resolve("other"), 0);
    assertEquals(0, capemu("run", "-f", "other.out", "./other").status());
    Launched diff = capemu("diff", "ktrace.out", "other.out");
    assertEquals(1, diff.status());
    assertTrue(diff.out().contains("NAMI  " + shown + "\n"), diff.out());
    assertFalse(diff.out().contains("\u001b"));
  }

  @Test
  void onATerminalTheSummaryBeginsALine() throws IOException, InterruptedException {
    assumeTrue(Launched.isThere("script"), "script(1) makes a terminal");
    Launched run =
        shell("SHELL=/bin/sh script -qec \"'$0' run /usr/bin/printf prompt\" /dev/null </dev/null");
    assertTrue(run.out().contains("prompt\r\ncapemu: "), run.out());
  }

  /** One that is stopped by a heap too small is no difference, which would be exit status 1. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aTraceOfManyProcessesIsCompared(boolean withForks) throws Exception {
    int processes = 400_000;
    Path trace = directory.resolve("many");
    try (KtraceWriter writer =
        KtraceWriter.to(new BufferedOutputStream(Files.newOutputStream(trace), 1 << 20))) {
      KtraceHeader header = new KtraceHeader().comm("sh");
      for (int i = 1; i <= processes; i++) {
        if (withForks) {
          header.thread(1, 100_001);
          writer.syscall(header, SYS_FORK, new long[0], 0);
          writer.sysret(header, SYS_FORK, 0, 1 + i);
        }
        writer.namei(header.thread(1 + i, 1_000_000 + i), "/etc/passwd");
      }
    }
    assertEquals(new Launched(0, "", ""), capemu("diff", "many", "many"));
  }
}
