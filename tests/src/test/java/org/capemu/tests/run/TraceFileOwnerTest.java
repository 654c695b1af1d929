package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Two users in a directory that both can write, as /tmp is: neither gets at the other's files. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class TraceFileOwnerTest {
  private static final String OTHER = "65534";
  private static final String THIRD = "65533";

  @TempDir Path base;
  private Path directory;

  @BeforeEach
  void shareDirectory() throws IOException {
    assumeTrue((int) Files.getAttribute(base, "unix:uid") == 0, "root alone is two users");
    assumeTrue(Launched.isThere("setpriv"), "setpriv changes users");
    Files.setPosixFilePermissions(base, PosixFilePermissions.fromString("rwxr-xr-x"));
    directory = Files.createDirectory(base.resolve("shared"));
    Files.setAttribute(directory, "unix:mode", 01777);
  }

  private Launched as(String user, String... command) throws IOException, InterruptedException {
    List<String> words =
        new ArrayList<>(List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups"));
    words.addAll(List.of(command));
    return Launched.command(directory, words);
  }

  private static void assertRefused(String message, Launched run) {
    assertEquals(new Launched(2, "", "capemu: ktrace.out: " + message + "\n"), run);
  }

  private int owner() throws IOException {
    return (int)
        Files.getAttribute(directory.resolve("ktrace.out"), "unix:uid", LinkOption.NOFOLLOW_LINKS);
  }

  @Test
  void aLinkOfAnotherUserIsNotFollowed() throws IOException, InterruptedException {
    Path precious = Files.writeString(base.resolve("precious"), "root's");
    as(OTHER, "ln", "-s", precious.toString(), "ktrace.out");
    String refusal = "belongs to another user (65534): remove it, or name another file";
    assertRefused(refusal, Launched.capemu(directory, "run", "/bin/echo", "ran"));
    assertRefused(refusal, as(THIRD, Launched.CAPEMU, "run", "/bin/echo", "ran"));
    assertRefused("a symbolic link", Launched.capemu(directory, "run", "-a", "/bin/echo", "ran"));
    assertEquals("root's", Files.readString(precious));
    assertEquals(65534, owner());
  }

  @Test
  void aFileOfAnotherUserIsNotWrittenTo() throws IOException, InterruptedException {
    Path file = Files.createFile(directory.resolve("ktrace.out"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
    String refusal = "belongs to another user (0): remove it, or name another file";
    assertRefused(refusal, as(OTHER, Launched.CAPEMU, "run", "/bin/echo", "ran"));
    assertRefused(refusal, as(OTHER, Launched.CAPEMU, "run", "-a", "/bin/echo", "ran"));
    assertEquals(0, Files.size(file));
  }

  @Test
  void oneselfsIsReplaced() throws IOException, InterruptedException {
    for (int i = 0; i < 2; i++) {
      Launched run =
          as(OTHER, "sh", "-c", "umask 0; exec \"$0\" run /bin/echo ran", Launched.CAPEMU);
      assertEquals("ran\n", run.out());
      assertEquals(0, run.status(), run.err());
      assertEquals(65534, owner());
      assertEquals(
          "rw-------",
          PosixFilePermissions.toString(
              Files.getPosixFilePermissions(directory.resolve("ktrace.out"))));
    }
  }

  @Test
  void theModeIsTheSameWhereUmaskLeavesNothing() throws IOException, InterruptedException {
    Launched run =
        as(OTHER, "sh", "-c", "umask 777; exec \"$0\" run /bin/echo ran", Launched.CAPEMU);
    assertEquals(0, run.status(), run.err());
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(directory.resolve("ktrace.out"))));
  }

  @Test
  void aFifoIsNotWaitedAt() throws IOException, InterruptedException {
    Launched.command(directory, List.of("mkfifo", "ktrace.out"));
    assertRefused("not a regular file", Launched.capemu(directory, "run", "/bin/echo", "ran"));
    assertRefused(
        "not a regular file", Launched.capemu(directory, "run", "-a", "/bin/echo", "ran"));
  }
}
