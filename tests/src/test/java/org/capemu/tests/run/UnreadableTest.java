package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process whose memory may not be read: what is refused whatever a path is, is found; the rest is
 * counted and said. As an ordinary user, since the superuser may read everything.
 */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class UnreadableTest {
  private static final List<String> AS_NOBODY =
      List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

  @TempDir Path directory;

  private final List<String> prefix = new ArrayList<>();

  @BeforeEach
  void ordinaryUser() throws IOException, InterruptedException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    Launched id = Launched.command(directory, List.of("id", "-u"));
    if (id.out().strip().equals("0")) {
      assumeTrue(Launched.isThere("setpriv"), "setpriv(1) is not there, and this is the superuser");
      prefix.addAll(AS_NOBODY);
      List<String> probe = new ArrayList<>(prefix);
      probe.addAll(List.of(Launched.CAPEMU, "--version"));
      assumeTrue(
          Launched.command(directory, probe).status() == 0,
          "another user cannot start capemu here");
    }
  }

  private Launched run(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of(Launched.CAPEMU, "run", "-t", "np", "-f"));
    command.add(directory.resolve("trace").toString());
    command.addAll(List.of(words));
    return Launched.command(directory, command);
  }

  @Test
  void whatIsRefusedAnyhowIsFound() throws IOException, InterruptedException {
    String program = CProgram.compile(directory, "unreadable");
    Launched launched = run(program);
    assertEquals(0, launched.status(), launched.err());
    List<String> dump = Launched.dump(directory.resolve("trace"));
    List<String> after =
        dump.subList(lastIndex(dump, "prctl", "\"libc.so.6\"", "libc.so.6"), dump.size());
    assertEquals(2, count(after, "restricted VFS lookup: AT_FDCWD"), after.toString());
    assertEquals(1, count(after, "system call not allowed: chmod"), after.toString());
    assertTrue(launched.err().contains("could not be decided"), launched.err());
  }

  /** The names that are looked up before the program forbids it, the last of them. */
  private static int lastIndex(List<String> lines, String... parts) {
    int last = 0;
    for (int i = 0; i < lines.size(); i++) {
      for (String part : parts) {
        if (lines.get(i).contains(part)) {
          last = i + 1;
        }
      }
    }
    return last;
  }

  private static long count(List<String> lines, String part) {
    return lines.stream().filter(line -> line.contains(part)).count();
  }

  /** Mode 111: its user may run it, and not read it. */
  @Test
  void aProgramThatMayOnlyBeRun() throws IOException, InterruptedException {
    Path program = new TinyProgram().call(257, -100, "/etc", 0).write(directory.resolve("only"), 0);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("--x--x--x"));
    Launched launched = run(program.toString());
    assertEquals(0, launched.status(), launched.err());
    List<String> dump = Launched.dump(directory.resolve("trace"));
    assertEquals(1, count(dump, "CAP   openat: restricted VFS lookup: AT_FDCWD"), dump.toString());
    assertFalse(launched.err().contains("no violations"), launched.err());
    assertTrue(dump.stream().anyMatch(line -> line.startsWith("only ")), dump.toString());
  }
}
