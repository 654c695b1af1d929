package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A program that raises each kind of violation which Linux can raise: one record each. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class ViolationKindsTest {
  private static final int OPEN = 2;
  private static final int CLOSE = 3;
  private static final int SOCKET = 41;
  private static final int SENDTO = 44;
  private static final int BIND = 49;
  private static final int SOCKETPAIR = 53;
  private static final int KILL = 62;
  private static final int CHDIR = 80;
  private static final int SCHED_SETAFFINITY = 203;
  private static final int SCHED_GETAFFINITY = 204;
  private static final int OPENAT = 257;
  private static final int RENAMEAT = 264;
  private static final int BPF = 321;

  private static final int AT_FDCWD = -100;
  private static final int O_DIRECTORY = 0x10000;
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_RAW = 3;
  private static final int IPPROTO_ICMP = 1;
  private static final int SIGCONT = 18;

  /** A process id that no process has: beyond pid_max. */
  private static final int NOBODY = 0x7ffffff0;

  /** 127.0.0.1, port 9. */
  private static final byte[] LOOPBACK = {2, 0, 0, 9, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};

  private static final byte[] UNIX_ADDRESS = {1, 0, '/', 'n', 'o', 'n', 'e', 0};

  /** Descriptors that are not open: close(2) of the first and those after it marks the kinds. */
  private static final int MARK = 1000;

  private static final List<Kind> KINDS =
      List.of(
          kind("system call", List.of("CAP   system call not allowed: chdir", "NAMI  \".\""))
              .with(CHDIR, "."),
          kind(
                  "system call with a name",
                  List.of("CAP   system call not allowed: open", "NAMI  \"/nowhere\""))
              .with(OPEN, "/nowhere", 0),
          kind("system call on a socket", List.of("CAP   system call not allowed: bind"))
              .with(BIND, 4, LOOPBACK, LOOPBACK.length),
          kind(
                  "AT_FDCWD",
                  List.of("NAMI  \"nowhere\"", "CAP   openat: restricted VFS lookup: AT_FDCWD"))
              .with(OPENAT, AT_FDCWD, "nowhere", 0),
          kind(
                  "AT_FDCWD hides the absolute path",
                  List.of("NAMI  \"/nowhere\"", "CAP   openat: restricted VFS lookup: AT_FDCWD"))
              .with(OPENAT, AT_FDCWD, "/nowhere", 0),
          kind("absolute", List.of("NAMI  \"/\"", "CAP   openat: restricted VFS lookup: /"))
              .with(OPENAT, 3, "/", 0),
          kind(
                  "absolute from no descriptor",
                  List.of("NAMI  \"/x\"", "CAP   openat: restricted VFS lookup: /x"))
              .with(OPENAT, -1, "/x", 0),
          kind(
                  "symbolic link out",
                  List.of(
                      "NAMI  \"inner/out/hostname\"",
                      "CAP   openat: restricted VFS lookup: /nowhere/hostname"))
              .with(OPENAT, 3, "inner/out/hostname", 0),
          kind(
                  ".. at the root",
                  List.of(
                      "NAMI  \"" + "../".repeat(60) + "etc\"",
                      "CAP   openat: restricted VFS lookup: " + "../".repeat(60) + "etc"))
              .with(OPENAT, 3, "../".repeat(60) + "etc", 0),
          kind(
                  "two lookups",
                  List.of(
                      "NAMI  \"a\"",
                      "CAP   renameat: restricted VFS lookup: AT_FDCWD",
                      "NAMI  \"/nowhere/b\"",
                      "CAP   renameat: restricted VFS lookup: /nowhere/b"))
              .with(RENAMEAT, AT_FDCWD, "a", 3, "/nowhere/b"),
          kind("lookup beneath", List.of("NAMI  \"inner\"")).with(OPENAT, 3, "inner", 0),
          kind(
                  "address",
                  List.of(
                      "CAP   sendto: restricted address lookup:"
                          + " struct sockaddr { AF_INET, 127.0.0.1:9 }"))
              .with(SENDTO, 4, "x", 1, 0, LOOPBACK, LOOPBACK.length),
          kind(
                  "unix address",
                  List.of(
                      "CAP   sendto: restricted address lookup: struct sockaddr { AF_LOCAL, /none }",
                      "NAMI  \"/none\"",
                      "CAP   sendto: restricted VFS lookup: AT_FDCWD"))
              .with(SENDTO, 5, "x", 1, 0, UNIX_ADDRESS, UNIX_ADDRESS.length),
          kind("raw socket", List.of("CAP   socket: protocol not allowed: IPPROTO_ICMP"))
              .with(SOCKET, AF_INET, SOCK_RAW, IPPROTO_ICMP),
          kind("pair of unix sockets", List.of())
              .with(SOCKETPAIR, AF_UNIX, SOCK_DGRAM, 0, new byte[8]),
          kind("signal", List.of("CAP   kill: signal delivery not allowed: SIGCONT"))
              .with(KILL, NOBODY, SIGCONT),
          kind(
                  "affinity of another process",
                  List.of("CAP   cpuset_setaffinity: restricted cpuset operation"))
              .with(SCHED_SETAFFINITY, NOBODY, 8, new byte[] {1, 0, 0, 0, 0, 0, 0, 0}),
          kind("who asks for it", List.of("CAP   cpuset_getaffinity: restricted cpuset operation"))
              .with(SCHED_GETAFFINITY, NOBODY, 128, new byte[128]),
          kind("Linux's own call", List.of("CAP   system call not allowed: linux_bpf"))
              .with(BPF, 0, 0, 0));

  private record Kind(String name, List<String> records, int number, List<Object> arguments) {
    Kind with(int number, Object... arguments) {
      return new Kind(name, records, number, List.of(arguments));
    }
  }

  private static Kind kind(String name, List<String> records) {
    return new Kind(name, records, -1, List.of());
  }

  @TempDir static Path directory;

  private static List<String> dump;

  @BeforeAll
  static void runThemAll() throws IOException, InterruptedException {
    Files.createDirectory(directory.resolve("inner"));
    Files.createFile(directory.resolve("a"));
    Files.createSymbolicLink(directory.resolve("inner/out"), Path.of("/nowhere"));
    TinyProgram program =
        new TinyProgram()
            .call(OPENAT, AT_FDCWD, ".", O_DIRECTORY) // 3
            .call(SOCKET, AF_INET, SOCK_DGRAM, 0) // 4
            .call(SOCKET, AF_UNIX, SOCK_DGRAM, 0); // 5
    for (int i = 0; i < KINDS.size(); i++) {
      program.call(CLOSE, MARK + i).call(KINDS.get(i).number, KINDS.get(i).arguments.toArray());
    }
    program.call(CLOSE, MARK + KINDS.size()).write(directory.resolve("kinds"), 5);
    Launched run = Launched.capemu(directory, "run", "-t", "cnpt", "-f", "kinds.out", "./kinds");
    assertEquals(5, run.status());
    Agreement.check(directory.resolve("kinds.out"));
    dump =
        Launched.dump(directory.resolve("kinds.out")).stream()
            .map(line -> line.replaceFirst("^kinds +", ""))
            .toList();
  }

  @TestFactory
  Stream<DynamicTest> eachKindIsRecordedOnce() {
    return IntStream.range(0, KINDS.size())
        .mapToObj(
            i ->
                DynamicTest.dynamicTest(
                    KINDS.get(i).name, () -> assertEquals(KINDS.get(i).records, found(i))));
  }

  private static List<String> found(int kind) {
    return dump.subList(mark(kind), mark(kind + 1)).stream()
        .filter(line -> line.startsWith("CAP ") || line.startsWith("NAMI "))
        .toList();
  }

  private static int mark(int kind) {
    return dump.indexOf("CALL  close(0x%x)".formatted(MARK + kind));
  }

  /** The launcher's own execve(2) comes first, under the launcher's name. */
  @Test
  void theFirstRecordIsTheLaunchers() throws IOException, InterruptedException {
    new TinyProgram().write(directory.resolve("program"), 0);
    Launched run = Launched.capemu(directory, "run", "-t", "np", "./program");
    assertEquals(
        """
        capemu: no violations; trace in ktrace.out
          start-up, before main: 1 (not counted; --startup lists it)
        """,
        run.err());
    assertEquals(
        List.of("capemu   CAP   system call not allowed: execve", "capemu   NAMI  \"./program\""),
        Launched.dump(directory.resolve("ktrace.out")).stream()
            .filter(line -> !line.contains(" USER ")) // capemu's notes on start-up
            .toList());
  }
}
