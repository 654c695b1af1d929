package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What {@code run -t t} records of the memory of calls, as {@code dump} prints it. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class StructuresTest {
  private static final int STAT = 4;
  private static final int FSTAT = 5;
  private static final int LSTAT = 6;
  private static final int POLL = 7;
  private static final int GETITIMER = 36;
  private static final int SETITIMER = 38;
  private static final int SOCKET = 41;
  private static final int CONNECT = 42;
  private static final int SENDTO = 44;
  private static final int RECVFROM = 45;
  private static final int BIND = 49;
  private static final int GETSOCKNAME = 51;
  private static final int SCHED_SETAFFINITY = 203;
  private static final int OPENAT = 257;
  private static final int NEWFSTATAT = 262;
  private static final int STATX = 332;

  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM = 2;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int POLLRDHUP = 0x2000;
  private static final int POLLIN = 1;

  @TempDir Path directory;

  private List<String> structures(String letters, TinyProgram program)
      throws IOException, InterruptedException {
    program.write(directory.resolve("program"), 5);
    Launched run = Launched.capemu(directory, "run", "-t", letters, "./program");
    assertEquals(5, run.status(), run.err());
    return Launched.dump(directory.resolve("ktrace.out")).stream()
        .filter(line -> line.startsWith("program "))
        .map(line -> line.replaceFirst("^program +", "").replaceFirst("^(CALL +\\w+).*", "$1"))
        .filter(line -> line.matches("(CALL|CAP|STRU|RET) .*") && !line.contains("exec"))
        .toList();
  }

  private static List<String> only(String what, List<String> lines) {
    return lines.stream().filter(line -> line.matches("(" + what + ") .*")).toList();
  }

  private String stat(String file) throws IOException {
    Map<String, Object> is =
        Files.readAttributes(directory.resolve(file), "unix:*", LinkOption.NOFOLLOW_LINKS);
    return "STRU  struct stat .*, ino=%s, mode=0%s, nlink=%s, uid=%s, gid=%s, .*, size=%s, .*"
        .formatted(
            is.get("ino"),
            Integer.toOctalString((int) is.get("mode")),
            is.get("nlink"),
            is.get("uid"),
            is.get("gid"),
            is.get("size"));
  }

  @Test
  void aFileAsFreeBsdWouldDescribeIt() throws IOException, InterruptedException {
    Files.writeString(directory.resolve("file"), "text");
    Files.createSymbolicLink(directory.resolve("link"), Path.of("file"));
    byte[] memory = new byte[256];
    List<String> found =
        only(
            "STRU",
            structures(
                "t", // no calls: their returns are looked at all the same
                new TinyProgram()
                    .call(OPENAT, AT_FDCWD, "file", 0) // 3
                    .call(STAT, "link", memory)
                    .call(LSTAT, "link", memory)
                    .call(FSTAT, 3, memory)
                    .call(NEWFSTATAT, AT_FDCWD, "link", memory, AT_SYMLINK_NOFOLLOW)
                    .call(STATX, AT_FDCWD, "file", 0, 0x7ff, memory)
                    .call(STAT, "missing", memory)
                    .call(STAT, "file", 1)));
    assertEquals(5, found.size(), String.join("\n", found));
    List<String> files = List.of("file", "link", "file", "link", "file");
    for (int i = 0; i < files.size(); i++) {
      String expected = stat(files.get(i));
      assertEquals(true, found.get(i).matches(expected), expected + "\n" + found.get(i));
    }
  }

  private static byte[] address(int port) {
    ByteBuffer address = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    address.putShort((short) AF_INET).order(ByteOrder.BIG_ENDIAN);
    return address.putShort((short) port).putInt(0x7f000001).array();
  }

  private static byte[] ofInt(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  @Test
  void addressesWhereAKernelRecordsThem() throws IOException, InterruptedException {
    byte[] unix = new byte[8];
    unix[0] = AF_UNIX;
    unix[2] = 'x';
    byte[] memory = new byte[16];
    List<String> found =
        structures(
            "cpt",
            new TinyProgram()
                .call(SOCKET, AF_INET, SOCK_DGRAM, 0) // 3
                .call(BIND, 3, address(0), 16)
                .call(CONNECT, 3, address(9), 16)
                .call(SENDTO, 3, "x", 1, MSG_DONTWAIT, address(9), 16)
                .call(GETSOCKNAME, 3, memory, ofInt(8)) // cut
                .call(RECVFROM, 3, memory, 1, MSG_DONTWAIT, memory, ofInt(16)) // nothing
                .call(SOCKET, AF_UNIX, SOCK_DGRAM, 0) // 4
                .call(BIND, 4, unix, unix.length)
                .call(BIND, 4, 1, 16)
                .call(SENDTO, 9, "x", 1, 0, address(53), 16)); // no descriptor
    assertEquals(
        List.of(
            "CALL  bind",
            "CAP   system call not allowed: bind",
            "STRU  struct sockaddr { AF_INET, 127.0.0.1:0 }",
            "RET   bind 0",
            "CALL  connect",
            "CAP   system call not allowed: connect",
            "STRU  struct sockaddr { AF_INET, 127.0.0.1:9 }",
            "RET   connect 0",
            "CALL  sendto",
            "CAP   sendto: restricted address lookup: struct sockaddr { AF_INET, 127.0.0.1:9 }",
            "STRU  struct sockaddr { AF_INET, 127.0.0.1:9 }",
            "RET   sendto 1",
            "CALL  getsockname",
            "RET   getsockname 0",
            "CALL  recvfrom"),
        found.stream().filter(line -> !line.matches("\\w+ +socket\\b.*")).limit(15).toList());
    assertEquals(
        List.of(
            "STRU  struct sockaddr { AF_LOCAL, x }",
            "STRU  struct sockaddr { AF_INET, 127.0.0.1:53 }"),
        only("STRU", found).subList(3, 5));
    Agreement.check(directory.resolve("ktrace.out"));
  }

  private static byte[] longs(long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : values) {
      bytes.putLong(value);
    }
    return bytes.array();
  }

  @Test
  void timersProcessorsAndEvents() throws IOException, InterruptedException {
    byte[] memory = new byte[128];
    ByteBuffer events = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    events.putInt(99).putShort((short) (POLLIN | POLLRDHUP)).putShort((short) 0);
    List<String> found =
        only(
            "STRU",
            structures(
                "ct",
                new TinyProgram()
                    .call(SETITIMER, 0, longs(1, 2, 3000, 4), 0)
                    .call(GETITIMER, 1, memory)
                    .call(SETITIMER, 9, longs(1, 2, 3000, 4), 0)
                    .call(SCHED_SETAFFINITY, 0, 8, longs(1))
                    .call(POLL, events.array(), 1, 0)));
    assertEquals(
        List.of(
            "STRU  itimerval { .interval = {1, 2}, .value = {3000, 4} }",
            "STRU  itimerval { .interval = {0, 0}, .value = {0, 0} }",
            "STRU  cpuset_t [ 0 ]",
            "STRU  struct pollfd[] = { { fd=99, events=0x4001<POLLIN|POLLRDHUP>,"
                + " revents=0x20<POLLNVAL>} }"),
        found);
  }

  /** What a lookup met is not known afterwards: it is noted. */
  @Test
  void lookupsCanBeDecidedAgainWhenTheFilesAreGone() throws IOException, InterruptedException {
    Files.createDirectories(directory.resolve("d/e"));
    Files.createSymbolicLink(directory.resolve("d/out"), Path.of("/nowhere"));
    Files.createSymbolicLink(directory.resolve("d/up"), Path.of("e/../.."));
    TinyProgram program = new TinyProgram().call(OPENAT, AT_FDCWD, "d", 0x10000); // 3
    for (String path : List.of("out", "out/x", "e", "up/d", "missing/x", "../".repeat(99))) {
      program.call(OPENAT, 3, path, 0);
    }
    program.write(directory.resolve("program"), 5);
    assertEquals(5, Launched.capemu(directory, "run", "./program").status());
    Files.delete(directory.resolve("d/out"));
    Files.delete(directory.resolve("d/up"));
    Agreement.check(directory.resolve("ktrace.out"));
    assertEquals(
        List.of("/nowhere", "/nowhere/x", "../".repeat(99).replaceFirst("/$", "")),
        Launched.dump(directory.resolve("ktrace.out")).stream()
            .filter(line -> line.matches("program +CAP .* VFS .*") && !line.endsWith("AT_FDCWD"))
            .map(line -> line.replaceFirst(".*: ", ""))
            .toList());
    Launched verify = Launched.capemu(directory, "verify", "ktrace.out");
    assertEquals(true, verify.out().strip().endsWith(" 0 undecided"), verify.out());
  }
}
