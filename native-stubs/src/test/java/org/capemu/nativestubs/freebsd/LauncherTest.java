package org.capemu.nativestubs.freebsd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mockito.InOrder;

/** What posix_spawn(3) is asked for, and what the launcher's own code does. */
class LauncherTest {
  private static final int EACCES = 13;

  private final FreeBsdLibc libc = mock(FreeBsdLibc.class);
  private final Runtime runtime = Runtime.getSystemRuntime();
  private final Properties properties = new Properties();
  private final List<Integer> closed = new ArrayList<>();
  private final List<String> spawned = new ArrayList<>();
  private List<OpenFile> open = List.of();

  private int spawn(String path, String... argv) throws IOException {
    when(libc.open(any(), anyInt(), anyInt())).thenReturn(20);
    when(libc.write(anyInt(), any(), anyLong())).thenAnswer(call -> call.getArgument(2));
    doAnswer(
            call -> {
              closed.add(call.getArgument(1));
              return 0;
            })
        .when(libc)
        .posix_spawn_file_actions_addclose(any(), anyInt());
    Given given =
        new Given(
            properties, fd -> new byte[0], () -> "A=1\0".getBytes(StandardCharsets.ISO_8859_1));
    return new Launcher(libc, runtime, given, () -> open).spawn(path, List.of(argv));
  }

  private void spawns(int... errors) {
    int[] next = {0};
    doAnswer(
            call -> {
              call.getArgument(0, Pointer.class).putInt(0, 77);
              spawned.add(text(call.getArgument(1)));
              Pointer argv = call.getArgument(4);
              for (int i = 0; argv.getLong(i * 8L) != 0; i++) {
                spawned.add(Pointer.wrap(runtime, argv.getLong(i * 8L)).getString(0));
              }
              return errors.length == 0 ? 0 : errors[next[0]++];
            })
        .when(libc)
        .posix_spawn(any(), any(), any(), any(), any(), any());
  }

  private static String text(byte[] path) {
    return new String(path, 0, path.length - 1, StandardCharsets.ISO_8859_1);
  }

  private static OpenFile file(int fd, int type) {
    return new OpenFile(fd, type, 1, 0, 0, 0, 0, "");
  }

  /** A unix socket and /dev/random among them, whatever opened those. */
  @Test
  void theProgramHasTheDescriptorsThatCapemuWasGivenAndNoOther() throws IOException {
    properties.setProperty("capemu.descriptors", "1,2,7,");
    open =
        List.of(
            file(OpenFile.CWD, OpenFile.TYPE_VNODE),
            file(0, OpenFile.TYPE_VNODE),
            file(1, OpenFile.TYPE_VNODE),
            file(2, OpenFile.TYPE_VNODE),
            file(4, OpenFile.TYPE_VNODE),
            file(5, OpenFile.TYPE_SOCKET),
            file(7, OpenFile.TYPE_PIPE));
    spawns();
    assertEquals(77, spawn("/bin/prog", "prog"));
    assertEquals(List.of(0, 4, 5), closed);
  }

  @Test
  void theLauncherGetsTheProgramsPathAndArguments() throws IOException {
    properties.setProperty("java.io.tmpdir", "/tmp");
    spawns();
    spawn("./prog", "prog", "\u00e9");
    assertTrue(spawned.get(0).startsWith("/tmp/capemu."), spawned.get(0));
    assertEquals(List.of("/bin/sh", "./prog", "prog"), spawned.subList(1, 4));
    assertEquals(5, spawned.size());
  }

  /** The JVM's handlers are back afterwards, also of those that it cannot do without. */
  @Test
  void signalsThatWereIgnoredAreIgnoredInTheProgram() throws IOException {
    properties.setProperty("capemu.ignored", "40001000"); // USR2, PIPE
    List<String> actions = new ArrayList<>();
    doAnswer(
            call -> {
              Pointer action = call.getArgument(1);
              Pointer old = call.getArgument(2);
              actions.add(call.getArgument(0) + " " + action.getLong(0) + " " + action.getInt(8));
              if (old != null) {
                old.putLong(0, 4096 + call.<Integer>getArgument(0));
                old.putInt(8, 2);
              }
              return 0;
            })
        .when(libc)
        .sigaction(anyInt(), any(), any());
    doAnswer(
            call -> {
              actions.add("spawn");
              return 0;
            })
        .when(libc)
        .posix_spawn(any(), any(), any(), any(), any(), any());
    spawn("/bin/prog", "prog");
    assertEquals(List.of("13 1 0", "31 1 0", "spawn", "13 4109 2", "31 4127 2"), actions);
  }

  @Test
  void itsFileIsGoneAndItsDescriptorClosedWhenTheProgramIsThere() throws IOException {
    spawns();
    spawn("/bin/prog", "prog");
    InOrder order = inOrder(libc);
    order.verify(libc).open(any(), anyInt(), anyInt());
    order.verify(libc).close(20);
    order.verify(libc).posix_spawn(any(), any(), any(), any(), any(), any());
    order.verify(libc).unlink(any());
  }

  @Test
  void aDirectoryFromWhichNothingCanBeRunIsNotTheOnlyOne() throws IOException {
    properties.setProperty("java.io.tmpdir", "/noexec");
    properties.setProperty("user.home", "/home/user");
    spawns(EACCES, 0);
    assertEquals(77, spawn("/bin/prog", "prog"));
    assertTrue(spawned.stream().anyMatch(name -> name.startsWith("/home/user/capemu.")));
    spawns(EACCES, EACCES);
    IOException e = assertThrows(IOException.class, () -> spawn("/bin/prog", "prog"));
    assertEquals(
        "/home/user: no program can be run there (Permission denied): set CAPEMU_TMPDIR",
        e.getMessage());
  }

  @Test
  void theDirectoryIsEnteredBeforeItsDescriptorIsClosed() throws IOException {
    properties.setProperty("capemu.directory", "8");
    properties.setProperty("capemu.descriptors", "0,1,2,");
    open = List.of(file(8, OpenFile.TYPE_VNODE));
    spawns();
    spawn("/bin/prog", "prog");
    InOrder order = inOrder(libc);
    order.verify(libc).posix_spawn_file_actions_addfchdir_np(any(), anyInt());
    order.verify(libc).posix_spawn_file_actions_addclose(any(), anyInt());
  }

  /**
   * The launcher's code itself, on this processor, where each call that it makes is answered as
   * FreeBSD would: run_launcher.c.
   */
  @ParameterizedTest
  @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
  @CsvSource({
    "0, 2, ptrace 0 | kill itself SIGSTOP | execve ./prog: prog one; A=1 | exit 2",
    "0, 8, ptrace 0 | kill itself SIGSTOP | execve ./prog: prog one; A=1"
        + " | execve /bin/sh: sh ./prog one; A=1 | exit 8",
    "1, 0, ptrace 0 | exit 1",
  })
  void itsCodeAsksToBeTracedStopsAndBecomesTheProgram(
      String traceError, String execError, String calls, @TempDir Path directory) throws Exception {
    Path image = Files.write(directory.resolve("launcher"), LauncherImage.of("amd64"));
    Files.setPosixFilePermissions(image, PosixFilePermissions.fromString("rwx------"));
    Path helper = directory.resolve("run_launcher");
    assertEquals("", output("cc", "-o", helper.toString(), "src/test/c/run_launcher.c"));
    assertEquals(
        calls.replace(" | ", "\n"),
        output(
            helper.toString(),
            image.toString(),
            traceError,
            execError,
            LauncherImage.SHELL,
            "./prog",
            "prog",
            "one"));
  }

  private static String output(String... command) throws Exception {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException none) {
      assumeTrue(false, "no C compiler");
      throw none;
    }
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), text);
    return text.strip();
  }
}
