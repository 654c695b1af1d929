package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code run}, {@code verify} and {@code replay} say the same of one program. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class AgreementTest {
  private static final int CLOSE = 3;
  private static final int SOCKET = 41;
  private static final int CONNECT = 42;
  private static final int SENDTO = 44;
  private static final int BIND = 49;
  private static final int SOCKETPAIR = 53;
  private static final int GETCWD = 79;
  private static final int CHDIR = 80;
  private static final int MKDIR = 83;
  private static final int RMDIR = 84;
  private static final int OPENAT = 257;
  private static final int RECVMMSG = 299;
  private static final int SENDMMSG = 307;
  private static final int OPENAT2 = 437;

  private static final int AT_FDCWD = -100;
  private static final int O_DIRECTORY = 0x10000;
  private static final long RESOLVE_BENEATH = 0x8;
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int SOCK_STREAM = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;

  /** Where a TinyProgram has memory of its own: its ELF header. */
  private static final long MEMORY = 0x400000;

  @TempDir Path directory;

  static Stream<List<String>> programs() {
    return Stream.concat(
        StraceTest.programs(), TransparencyTest.programs().map(AgreementTest::command));
  }

  @SuppressWarnings("unchecked")
  private static List<String> command(org.junit.jupiter.params.provider.Arguments program) {
    return (List<String>) program.get()[1];
  }

  @ParameterizedTest
  @MethodSource("programs")
  void aProgramOfTheSystem(List<String> command) throws IOException, InterruptedException {
    assumeTrue(Launched.isThere(command.get(0)), command.get(0) + " is not there");
    List<String> words = new ArrayList<>(List.of("run", "-i", "--"));
    words.addAll(command);
    Launched.capemu(directory, words.toArray(new String[0]));
    Agreement.check(directory.resolve("ktrace.out"));
  }

  /** The violations and names of a program's calls, in their order, each with its call. */
  private List<String> found(TinyProgram program) throws IOException, InterruptedException {
    program.write(directory.resolve("program"), 5);
    Launched run = Launched.capemu(directory, "run", "-t", "cnpt", "./program");
    assertEquals(5, run.status(), run.err());
    Agreement.check(directory.resolve("ktrace.out"));
    return Launched.dump(directory.resolve("ktrace.out")).stream()
        .filter(line -> line.startsWith("program "))
        .map(line -> line.replaceFirst("^program +", "").replaceFirst("\\(.*", ""))
        .toList();
  }

  private static List<String> only(String what, List<String> lines) {
    return lines.stream().filter(line -> line.matches("(" + what + ") .*")).toList();
  }

  /** {@code struct open_how}. */
  private static byte[] how(long resolve) {
    return words(0, 0, resolve);
  }

  private static byte[] words(long... values) {
    ByteBuffer buffer = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : values) {
      buffer.putLong(value);
    }
    return buffer.array();
  }

  @Test
  void whoeverLeavesADirectoryThatHeMayNotLacksACapability()
      throws IOException, InterruptedException {
    Files.createDirectories(directory.resolve("d/e"));
    Files.createSymbolicLink(directory.resolve("d/out"), Path.of("/nowhere"));
    byte[] beneath = how(RESOLVE_BENEATH);
    List<String> found =
        found(
            new TinyProgram()
                .call(OPENAT, AT_FDCWD, "d", O_DIRECTORY) // 3
                .call(OPENAT2, 3, "../k", beneath, beneath.length)
                .call(OPENAT2, 3, "e", beneath, beneath.length)
                .call(OPENAT2, 3, "/etc", beneath, beneath.length)
                .call(OPENAT2, 3, "../k", how(0), beneath.length));
    assertEquals(
        List.of(
            "CAP   openat: restricted VFS lookup: AT_FDCWD",
            "RET   openat 3",
            "CAP   openat: restricted VFS lookup: ../k",
            "RET   openat -1 errno 93 Capabilities insufficient",
            "RET   openat 4",
            "CAP   openat: restricted VFS lookup: /etc",
            "RET   openat -1 errno 93 Capabilities insufficient",
            "RET   openat -1 errno 2 No such file or directory"),
        only("CAP|RET", found).stream().filter(line -> line.contains("openat")).toList());
  }

  @Test
  void aWorkingDirectoryThatIsGoneHasNoName() throws IOException, InterruptedException {
    List<String> found =
        found(
            new TinyProgram()
                .call(GETCWD, MEMORY, 0) // too short
                .call(MKDIR, "gone", 0755)
                .call(CHDIR, "gone")
                .call(OPENAT, AT_FDCWD, ".", O_DIRECTORY) // 3
                .call(RMDIR, "../gone")
                .call(GETCWD, MEMORY, 4096)
                .call(OPENAT, 3, "x", 0)
                .call(OPENAT, 3, "../x", 0));
    assertEquals(
        List.of(
            "NAMI  \"gone\"",
            "NAMI  \"gone\"",
            "NAMI  \".\"",
            "NAMI  \"../gone\"",
            "NAMI  \"x\"",
            "NAMI  \"../x\""),
        only("NAMI", found));
  }

  /** {@code struct mmsghdr}s of empty messages. */
  private static byte[] messages(long address, int length, int count) {
    ByteBuffer buffer = ByteBuffer.allocate(64 * count).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      buffer.putLong(address).putLong(length).put(new byte[48]);
    }
    return buffer.array();
  }

  @Test
  void eachMessageIsACallOfItsOwn() throws IOException, InterruptedException {
    // of the family "\177E", which nobody has
    byte[] refused = messages(MEMORY, 16, 2);
    byte[] unaddressed = messages(0, 0, 2);
    List<String> found =
        found(
            new TinyProgram()
                .call(SOCKET, AF_INET, SOCK_DGRAM, 0) // 3
                .call(SOCKETPAIR, AF_UNIX, SOCK_DGRAM, 0, new byte[8]) // 4, 5
                .call(SENDMMSG, 3, refused, 2, 0)
                .call(SENDMMSG, 4, unaddressed, 2, 0)
                .call(SENDMMSG, 4, unaddressed, 0, 0)
                .call(RECVMMSG, 5, unaddressed, 2, MSG_DONTWAIT, 0));
    assertEquals(
        List.of(
            "CALL  sendmsg",
            "CAP   sendmsg: restricted address lookup: "
                + "struct sockaddr { <invalid=255>, unknown address family }",
            "CALL  sendmsg",
            "CALL  sendmsg",
            "CALL  recvmsg",
            "CALL  recvmsg"),
        only("CALL|CAP", found).stream().filter(line -> line.contains("msg")).toList());
  }

  @Test
  void socketsOfFamiliesThatFreeBsdHasAndHasNot() throws IOException, InterruptedException {
    TinyProgram program = new TinyProgram();
    int[] families = {AF_UNIX, AF_INET, 10, 16, 17, 38, 40};
    for (int family : families) {
      byte[] address = new byte[16];
      address[0] = (byte) family;
      address[2] = 'x';
      for (int type : new int[] {SOCK_STREAM, SOCK_DGRAM, 3, 5}) {
        program
            .call(SOCKET, family, type, 0) // 3
            .call(CONNECT, 3, address, 0)
            .call(BIND, 3, address, address.length)
            .call(CONNECT, 3, address, address.length)
            .call(SENDTO, 3, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT, address, address.length)
            .call(SOCKETPAIR, family, type, 0, new byte[8]) // 4, 5
            .call(SENDTO, 4, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT, address, address.length)
            .call(CLOSE, 3)
            .call(CLOSE, 4)
            .call(CLOSE, 5);
      }
    }
    found(program);
  }
}
