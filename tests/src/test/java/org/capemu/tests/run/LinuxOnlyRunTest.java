package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Calls by which a program asks Linux for what it asks FreeBSD for in another way, or not at all.
 */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class LinuxOnlyRunTest {
  private static final int UNLINK = 87;
  private static final int READLINK = 89;
  private static final int FUTEX = 202;
  private static final int OPENAT = 257;
  private static final int IO_URING_SETUP = 425;

  private static final int AT_FDCWD = -100;
  private static final int O_RDWR = 2;
  private static final int O_CREAT = 0x40;
  private static final int O_NOFOLLOW = 0x20000;
  private static final int O_CLOEXEC = 0x80000;

  @TempDir Path directory;

  private Launched run(TinyProgram program) throws IOException, InterruptedException {
    program.write(directory.resolve("program"), 0);
    Launched run = Launched.capemu(directory, "run", "./program");
    assertEquals(0, run.status(), run.err());
    Agreement.check(directory.resolve("ktrace.out"));
    return run;
  }

  private List<String> caps() throws IOException, InterruptedException {
    return Launched.dump(directory.resolve("ktrace.out")).stream()
        .filter(line -> line.matches("program +CAP .*"))
        .map(line -> line.replaceFirst("program +CAP +", ""))
        .toList();
  }

  @Test
  void sharedMemoryByNameIsFreeBsds() throws IOException, InterruptedException {
    String name = "/capemu-test-" + ProcessHandle.current().pid();
    int ofGlibc = O_NOFOLLOW | O_CLOEXEC;
    run(
        new TinyProgram()
            .call(OPENAT, AT_FDCWD, "/dev/shm" + name, O_RDWR | O_CREAT | ofGlibc, 0600)
            .call(UNLINK, "/dev/shm" + name)
            .call(OPENAT, AT_FDCWD, "/dev/shm" + name, O_RDWR | O_CLOEXEC, 0));
    assertEquals(
        List.of(
            "shm_open2: restricted VFS lookup: " + name,
            "system call not allowed: shm_unlink",
            "openat: restricted VFS lookup: AT_FDCWD"),
        caps());
  }

  @Test
  void aCallOfLinuxsHasOneNameAndIsCountedApart() throws IOException, InterruptedException {
    Launched run =
        run(
            new TinyProgram()
                .call(IO_URING_SETUP, 0, 0)
                .call(FUTEX, 0, 99, 0, 0, 0, 0)
                .call(READLINK, "/proc/self/exe", new byte[64], 64));
    assertEquals(
        List.of(
            "system call not allowed: linux_io_uring_setup",
            "system call not allowed: linux_sys_futex",
            "system call not allowed: readlink"),
        caps());
    assertTrue(run.err().startsWith("capemu: no violations"), run.err());
    assertTrue(run.err().contains("linux_io_uring_setup: FreeBSD has no such call"), run.err());
    assertTrue(run.err().contains("linux_sys_futex: FreeBSD has no counterpart"), run.err());
    assertTrue(run.err().contains("readlink \"/proc/self/exe\": sysctl(3)"), run.err());
  }
}
