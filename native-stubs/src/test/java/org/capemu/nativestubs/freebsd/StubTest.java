package org.capemu.nativestubs.freebsd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * capemu-stub against the Java side of its protocol, as far as it does not take a FreeBSD kernel:
 * here it runs programs untraced.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(60)
class StubTest {
  @TempDir Path directory;

  /**
   * With CAPEMU_FREEBSD_HEADERS naming a directory that has FreeBSD's /usr/include for each
   * architecture, and clang.
   */
  @ParameterizedTest
  @CsvSource({"amd64, x86_64", "arm64, aarch64"})
  @EnabledIfEnvironmentVariable(
      named = "CAPEMU_FREEBSD_HEADERS",
      matches = ".+",
      disabledReason = "names no FreeBSD headers")
  void itCompilesForFreeBsdWithoutWarnings(String headers, String target) throws Exception {
    Process clang =
        new ProcessBuilder(
                "clang",
                "--target=" + target + "-unknown-freebsd15.0",
                "-std=c99",
                "-O2",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-nostdlibinc",
                "-isystem",
                System.getenv("CAPEMU_FREEBSD_HEADERS") + "/" + headers,
                "-c",
                "-o",
                directory.resolve("stub.o").toString(),
                "src/main/c/capemu_stub.c")
            .redirectErrorStream(true)
            .start();
    assertEquals("", new String(clang.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    assertEquals(0, clang.waitFor());
  }

  @Test
  void theGreetingTellsTheSystem() throws Exception {
    try (Stub stub = Stub.start()) {
      RemoteFreeBsdKernel kernel = stub.connect();
      assertTrue(kernel.system().startsWith("Linux "), kernel.system());
      kernel.close();
      assertEquals(0, stub.status());
      assertEquals("", stub.error());
    }
  }

  @Test
  void aProgramHasItsOwnInputAndOutputAndTheStreamIsLeftAlone() throws Exception {
    Path in = Files.writeString(directory.resolve("in"), "from the file\n");
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    try (Stub stub =
        Stub.start(
            "--stdin", in.toString(), "--stdout", out.toString(), "--stderr", err.toString())) {
      RemoteFreeBsdKernel kernel = stub.connect();
      int pid =
          kernel.spawn(List.of("sh", "-c", "cat; echo \"$0\" >&2; ls -l /proc/self/fd; exit 3"));
      Stop stop = kernel.waitForStop();
      assertEquals(pid, stop.pid());
      assertEquals(3, stop.exitStatus());
      assertNull(stop.lwp());
      assertNull(kernel.waitForStop(), "nothing is left");
      kernel.close();
      assertEquals(0, stub.status());
      String text = Files.readString(out);
      assertTrue(text.startsWith("from the file\n"), text);
      // ls has the directory that it reads as 3, and nothing else is there.
      assertEquals(4, text.lines().filter(line -> line.contains(" -> ")).count(), text);
      assertEquals("sh\n", Files.readString(err));
    }
  }

  @Test
  void withoutOptionsAProgramReadsNothingAndWritesToTheStubsErrors() throws Exception {
    try (Stub stub = Stub.start()) {
      RemoteFreeBsdKernel kernel = stub.connect();
      kernel.spawn(List.of("sh", "-c", "cat; echo said; echo told >&2"));
      assertEquals(0, kernel.waitForStop().exitStatus());
      kernel.close();
      assertEquals(0, stub.status());
      assertEquals("said\ntold", stub.error());
    }
  }

  @Test
  void aProgramInheritsIgnoredSignalsAsTheyWere() throws Exception {
    Path out = directory.resolve("out");
    try (Stub stub = Stub.start("--stdout", out.toString())) {
      RemoteFreeBsdKernel kernel = stub.connect();
      kernel.spawn(List.of("grep", "^Sig[IB]", "/proc/self/status"));
      assertEquals(0, kernel.waitForStop().exitStatus());
      kernel.close();
    }
    Path direct = directory.resolve("direct");
    new ProcessBuilder("grep", "^Sig[IB]", "/proc/self/status")
        .redirectOutput(direct.toFile())
        .start()
        .waitFor();
    assertEquals(Files.readString(direct), Files.readString(out));
  }

  /** On a terminal, or where inetd(8) started the stub, it is the same file. */
  @Test
  void whatAProgramWritesStaysOutOfTheStream() throws Exception {
    Process stub = Stub.startWithErrorsInTheStream();
    try (RemoteFreeBsdKernel kernel =
        new RemoteFreeBsdKernel(stub.getInputStream(), stub.getOutputStream(), () -> {})) {
      kernel.spawn(List.of("sh", "-c", "echo said; echo told >&2; exit 4"));
      assertEquals(4, kernel.waitForStop().exitStatus());
      assertTrue(kernel.fileMode("/") != 0);
    }
    assertEquals(0, stub.waitFor());
  }

  @Test
  void anOptionThatCannotBeDoneIsOneLine() throws Exception {
    try (Stub stub = Stub.start("--stdin", directory + "/none")) {
      assertEquals(2, stub.status());
      assertEquals("capemu-stub: " + directory + "/none: No such file or directory", stub.error());
    }
    try (Stub stub = Stub.start("--stdin", "77")) {
      assertEquals(2, stub.status());
      assertEquals("capemu-stub: descriptor 77: Bad file descriptor", stub.error());
    }
    try (Stub stub = Stub.start("--what")) {
      assertEquals(2, stub.status());
    }
  }

  /** As execvp(3), and so ktrace(1), does. */
  @Test
  void aFileThatIsNoProgramIsRunByTheShell() throws Exception {
    Path script = Files.writeString(directory.resolve("noshebang"), "echo \"$0 $2\"; exit 6\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    Path out = directory.resolve("out");
    try (Stub stub = Stub.start("--stdout", out.toString())) {
      RemoteFreeBsdKernel kernel = stub.connect();
      kernel.spawn(List.of(script.toString(), "one", "two"));
      assertEquals(6, kernel.waitForStop().exitStatus());
      kernel.close();
    }
    assertEquals(script + " two\n", Files.readString(out));
  }

  /** The greeting, and then these answers. */
  private static RemoteFreeBsdKernel answering(byte[]... replies) throws IOException {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    said.writeBytes(new byte[] {'c', 'a', 'p', 'e', 'm', 'u', 0, 2});
    said.writeBytes(
        frame(0x80, concat(le(0), le(1500068), le(0), string("FreeBSD"), string("amd64"))));
    for (byte[] reply : replies) {
      said.writeBytes(reply);
    }
    return new RemoteFreeBsdKernel(
        new java.io.ByteArrayInputStream(said.toByteArray()),
        new ByteArrayOutputStream(),
        () -> {});
  }

  @Test
  void aRequestThatFailedWithoutAnAnswerEndsTheWait() throws Exception {
    RemoteFreeBsdKernel kernel =
        answering(frame(0x81, concat(le(0), le(40))), frame(0x86, concat(le(1), le(40))));
    assertEquals(40, kernel.spawn(List.of("prog")));
    kernel.setEvents(40, Ptrace.PTRACE_SCE);
    kernel.resume(40, Ptrace.PT_CONTINUE, 0);
    IOException e = assertThrows(IOException.class, kernel::waitForStop);
    assertEquals(
        "prog: no permission to trace: sysctl security.bsd.unprivileged_proc_debug is 0",
        e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 100_000, Integer.MIN_VALUE})
  void aProcessIdThatIsNoneIsNoAnswer(int pid) throws Exception {
    RemoteFreeBsdKernel spawned = answering(frame(0x81, concat(le(0), le(pid))));
    IOException e = assertThrows(IOException.class, () -> spawned.spawn(List.of("prog")));
    assertEquals("capemu-stub: its answer makes no sense", e.getMessage());
    RemoteFreeBsdKernel stopped = answering(frame(0x86, concat(le(0), le(pid), le(0x57f))));
    assertThrows(IOException.class, stopped::waitForStop);
    RemoteFreeBsdKernel children = answering(frame(0x8f, concat(le(0), le(3), le(pid))));
    children.children(1);
    assertThrows(IOException.class, children::waitForStop);
  }

  /** Lists of 16 MiB, whose elements would take many times that. */
  @Test
  void listsAreBounded() throws Exception {
    byte[] names = new byte[4 + 4 * (FreeBsdKernel.MOST_ENTRIES + 1)];
    assertNull(answering(frame(0x8e, names)).entries("/"));
    byte[] files = new byte[4 + 44 * (FreeBsdKernel.MOST_ENTRIES + 1)];
    assertEquals(List.of(), answering(frame(0x89, files)).descriptors(1));
    byte[] pids = new byte[4 + 4 * (1 << 20)];
    java.util.Arrays.fill(pids, 4, pids.length, (byte) 1);
    for (int i = 4; i < pids.length; i += 4) {
      pids[i + 2] = 0;
      pids[i + 3] = 0;
    }
    assertEquals(FreeBsdKernel.PID_MAX, answering(frame(0x8f, pids)).children(1).size());
  }

  /**
   * Neither a write that nobody reads nor an answer that does not come keeps capemu from ending.
   */
  @Test
  void anInterruptEndsAConnectionOnWhichNothingComes() throws Exception {
    java.nio.channels.Pipe pipe = java.nio.channels.Pipe.open();
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    said.writeBytes(new byte[] {'c', 'a', 'p', 'e', 'm', 'u', 0, 2});
    said.writeBytes(
        frame(0x80, concat(le(0), le(1500068), le(1), string("FreeBSD"), string("amd64"))));
    pipe.sink().write(ByteBuffer.wrap(said.toByteArray()));
    RemoteFreeBsdKernel kernel =
        new RemoteFreeBsdKernel(
            java.nio.channels.Channels.newInputStream(pipe.source()),
            new ByteArrayOutputStream(),
            pipe.source());
    Thread other =
        new Thread(
            () -> {
              try {
                Thread.sleep(200);
              } catch (InterruptedException e) {
                return;
              }
              kernel.interrupt();
            });
    other.start();
    long begun = System.nanoTime();
    assertNull(kernel.waitForStop());
    kernel.close();
    assertTrue(System.nanoTime() - begun < 5_000_000_000L);
    pipe.sink().close();
  }

  @Test
  void whatCannotBeStartedIsSaid() throws Exception {
    Path plain = Files.writeString(directory.resolve("plain"), "x");
    Files.setPosixFilePermissions(plain, PosixFilePermissions.fromString("rw-------"));
    try (Stub stub = Stub.start()) {
      RemoteFreeBsdKernel kernel = stub.connect();
      for (String program : List.of("no-such-program", "", plain.toString())) {
        IOException e =
            assertThrows(IOException.class, () -> kernel.spawn(List.of(program)), program);
        assertTrue(e.getMessage().startsWith(program + ": "), e.getMessage());
      }
      assertThrows(IOException.class, () -> kernel.attach(1));
      assertNull(kernel.waitForStop());
      kernel.close();
    }
  }

  @Test
  void filesAreSeenAsTheyAre() throws Exception {
    // A byte that is no UTF-8, whatever the locale lets Java name.
    Process sh =
        new ProcessBuilder("/bin/sh", "-c", ": >\"$(printf 'f\\351')\"")
            .directory(directory.toFile())
            .start();
    assertEquals(0, sh.waitFor());
    Files.createSymbolicLink(directory.resolve("link"), Path.of("target/of it"));
    Files.createDirectory(directory.resolve("dir"));
    try (Stub stub = Stub.start()) {
      RemoteFreeBsdKernel kernel = stub.connect();
      assertEquals(0120000, kernel.fileMode(directory + "/link") & 0170000);
      assertEquals(0040000, kernel.fileMode(directory + "/dir") & 0170000);
      assertEquals(0, kernel.fileMode(directory + "/none"));
      assertEquals("target/of it", kernel.readlink(directory + "/link"));
      assertNull(kernel.readlink(directory + "/dir"));
      assertEquals(
          Set.of("f\u00e9", "link", "dir"), Set.copyOf(kernel.entries(directory.toString())));
      assertEquals(List.of(), kernel.entries(directory + "/none"));
      Path file = Files.writeString(directory.resolve("file"), "0123456789");
      assertArrayEquals(bytes("345"), kernel.readFile(file.toString(), 3, 3));
      assertArrayEquals(bytes("89"), kernel.readFile(file.toString(), 8, 100));
      assertArrayEquals(new byte[0], kernel.readFile("/dev/zero", 0, 10), "not a regular file");
      assertArrayEquals(new byte[0], kernel.readFile(directory + "/none", 0, 10));
      kernel.close();
    }
  }

  private static byte[] bytes(String s) {
    return s.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void aWaitEndsWhenItIsInterrupted() throws Exception {
    try (Stub stub = Stub.start()) {
      RemoteFreeBsdKernel kernel = stub.connect();
      kernel.spawn(List.of("sleep", "30"));
      Thread other =
          new Thread(
              () -> {
                try {
                  Thread.sleep(300);
                } catch (InterruptedException e) {
                  return;
                }
                kernel.interrupt();
              });
      other.start();
      assertNull(kernel.waitForStop());
      kernel.close();
      assertEquals(0, stub.status());
    }
  }

  @Test
  void aStreamThatEndsWhileAProgramRunsEndsTheStubAndNotTheProgram() throws Exception {
    Path done = directory.resolve("done");
    try (Stub stub = Stub.start()) {
      RemoteFreeBsdKernel kernel = stub.connect();
      kernel.spawn(List.of("sh", "-c", "sleep 2; echo > " + done));
      stub.process.getOutputStream().close();
      assertEquals(1, stub.status());
      assertTrue(stub.error().startsWith("capemu-stub: the stream ends"), stub.error());
      for (int i = 0; i < 100 && !Files.exists(done); i++) {
        Thread.sleep(100);
      }
      assertTrue(Files.exists(done));
    }
  }

  @Test
  void aStubThatDiesIsAnErrorOfOneLineAndThenEverythingIsGone() throws Exception {
    try (Stub stub = Stub.start()) {
      RemoteFreeBsdKernel kernel = stub.connect();
      kernel.spawn(List.of("sleep", "3"));
      stub.process.destroyForcibly();
      IOException e = assertThrows(IOException.class, kernel::waitForStop);
      assertEquals(
          "capemu-stub, or the connection to it, ended: what it traced goes on untraced",
          e.getMessage());
      assertEquals(0, kernel.read(1, 4096, new byte[8], 0, 8));
      assertNull(kernel.process(1));
      assertEquals(List.of(), kernel.descriptors(1));
      assertThrows(IOException.class, kernel::waitForStop);
      kernel.close();
    }
  }

  /** Carriage returns, interrupts and flow control of a line are bytes like others. */
  @ParameterizedTest
  @ValueSource(strings = {"blocking", "nonblocking"})
  void aTerminalLineIsRawMeanwhileAndAsItWasAfterwards(String option) throws Exception {
    byte[] awkward = new byte[1024];
    for (int i = 0; i < awkward.length; i++) {
      awkward[i] = (byte) i;
    }
    Path file = Files.write(directory.resolve("file"), awkward);
    try (Stub stub = Stub.startOnTerminal(option)) {
      RemoteFreeBsdKernel kernel = stub.connect();
      assertArrayEquals(awkward, kernel.readFile(file.toString(), 0, 4096));
      StringBuilder name = new StringBuilder(directory + "/");
      for (char c = 1; c < 256; c++) {
        name.append(c == '/' ? '_' : c);
      }
      assertEquals(0, kernel.fileMode(name.toString()));
      kernel.close();
      assertEquals(0, stub.status());
    }
  }

  @Test
  void aProgramDoesNotFindTheLineAsItsTerminal() throws Exception {
    try (Stub stub = Stub.startOnTerminal("blocking")) {
      RemoteFreeBsdKernel kernel = stub.connect();
      kernel.spawn(List.of("sh", "-c", "(echo intruder > /dev/tty) 2> /dev/null; exit 5"));
      assertEquals(5, kernel.waitForStop().exitStatus());
      kernel.close();
      assertEquals(0, stub.status());
    }
  }

  @Test
  void anotherVersionIsRefusedByBothSides() throws Exception {
    try (Stub stub = Stub.start()) {
      assertEquals(1, stub.feed(false, new byte[] {'c', 'a', 'p', 'e', 'm', 'u', 0, 1}));
      assertEquals(
          "capemu-stub: the other end speaks version 1 of the protocol, not 2", stub.error());
    }
    byte[] answer = {'x', '\r', '\n', 'c', 'a', 'p', 'e', 'm', 'u', 0, 9};
    IOException e =
        assertThrows(
            IOException.class,
            () ->
                new RemoteFreeBsdKernel(
                    new java.io.ByteArrayInputStream(answer),
                    new ByteArrayOutputStream(),
                    () -> {}));
    assertEquals(
        "capemu-stub speaks version 9 of the protocol, not 2:"
            + " build it anew from this capemu's capemu_stub.c",
        e.getMessage());
  }

  /** What is left of the line that was typed to start it, and more than one greeting. */
  @Test
  void whatComesBeforeTheGreetingIsSkippedAndGreetingsMayBeRepeated() throws Exception {
    byte[] typed = bytes("\ncapemu-stub\ncapemu");
    byte[] magic = {'c', 'a', 'p', 'e', 'm', 'u', 0, 2};
    try (Stub stub = Stub.start()) {
      assertEquals(0, stub.feed(false, concat(typed, magic, magic, magic, frame(16, new byte[0]))));
      assertEquals("", stub.error());
    }
    try (Stub stub = Stub.start()) {
      assertEquals(1, stub.feed(false, typed));
      assertEquals("capemu-stub: the other end does not speak capemu's protocol", stub.error());
    }
  }

  /** A line loses what comes before anybody listens on its other side. */
  @Test
  void aStubThatStartsLaterIsGreetedAgain() throws Exception {
    assertReachedByTcp(8);
  }

  @Test
  void everyRequestThatIsCutEndsTheStub() throws Exception {
    byte[] requests =
        frames(
            frame(11, string("/etc/passwd")),
            frame(13, concat(string("/etc/passwd"), new byte[8], le(100))),
            frame(8, le(1)),
            frame(7, concat(le(1), new byte[8], le(16))),
            frame(17, concat(le(1), le(2), new byte[] {3, 4})));
    for (int length = 0; length < requests.length; length += 3) {
      try (Stub stub = Stub.start()) {
        int status = stub.feed(true, java.util.Arrays.copyOf(requests, length));
        assertTrue(status == 0 || status == 1, length + ": " + status + " " + stub.error());
      }
    }
  }

  @Test
  void lengthsThatLieAreRefused() throws Exception {
    String[][] cases = {
      {"frame of no bytes", "0000000001", "a request of 0 bytes"},
      {"frame too long", "ffffff7f01", "a request of 2147483647 bytes"},
      {"string beyond its frame", "060000000b" + "ffffffff" + "41", "a request is too short"},
      {"no arguments", "0500000001" + "00000000", "a program with 0 arguments"},
      {"many arguments", "0500000001" + "ffffffff", "a program with 4294967295 arguments"},
      {"NUL in a string", "070000000b" + "02000000" + "4100", "a string holds NUL"},
      {"more than its arguments", "0900000008" + "0100000001000000", "a request is too long"},
      {"unknown", "01000000" + "63", "request 99 is not known"},
      {"a long name of sysctl", "0500000012" + "19000000", "a name of sysctl of 25 numbers"},
      {
        "system calls beyond any",
        "8a00000011" + "01000000" + "81000000" + "00".repeat(129),
        "129 bytes of system calls"
      },
      {
        "read too long",
        "1100000007" + "01000000" + "0000000000000000" + "00000200",
        "131072 bytes asked for"
      },
    };
    for (String[] c : cases) {
      try (Stub stub = Stub.start()) {
        assertEquals(1, stub.feed(true, java.util.HexFormat.of().parseHex(c[1])), c[0]);
        assertEquals("capemu-stub: " + c[2], stub.error(), c[0]);
      }
    }
  }

  @Property(tries = 60)
  @AddLifecycleHook(Stub.NeedsCompiler.class)
  void nothingThatComesMakesTheStubCrash(
      @ForAll @Size(max = 400) byte[] noise, @ForAll boolean greet) throws Exception {
    try (Stub stub = Stub.start()) {
      int status = stub.feed(greet, noise);
      assertTrue(status == 0 || status == 1, status + ": " + stub.error());
    }
  }

  /** Frames of the right form with arguments of any kind; not spawn, which runs programs. */
  @Property(tries = 60)
  @AddLifecycleHook(Stub.NeedsCompiler.class)
  void noRequestMakesTheStubCrash(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    ByteArrayOutputStream requests = new ByteArrayOutputStream();
    for (int i = 0; i < 20; i++) {
      int type = 2 + random.nextInt(17);
      byte[] body = new byte[random.nextInt(24)];
      random.nextBytes(body);
      if (type >= 11 && type <= 14 && random.nextBoolean()) {
        body = concat(string("/etc/"), le(0), le(0), le(random.nextInt(1000)));
      }
      requests.writeBytes(frame(type, body));
    }
    try (Stub stub = Stub.start()) {
      int status = stub.feed(true, requests.toByteArray());
      assertTrue(status == 0 || status == 1, status + ": " + stub.error());
    }
  }

  /** The Java side trusts as little. */
  @Property(tries = 300)
  void nothingThatComesMakesTheJavaSideFailOtherwiseThanByAnError(@ForAll byte[] noise)
      throws Exception {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    said.writeBytes(new byte[] {'c', 'a', 'p', 'e', 'm', 'u', 0, 2});
    said.writeBytes(
        frame(0x80, concat(le(0), le(1500068), le(1), string("FreeBSD"), string("amd64"))));
    for (int type : new int[] {6, 7, 8, 9, 11, 12, 13, 14, 15, 18}) {
      said.writeBytes(frame(0x80 | type, concat(le(0), noise)));
    }
    RemoteFreeBsdKernel kernel =
        new RemoteFreeBsdKernel(
            new java.io.ByteArrayInputStream(said.toByteArray()),
            new ByteArrayOutputStream(),
            () -> {});
    assertEquals("FreeBSD amd64", kernel.system());
    try {
      kernel.waitForStop();
      kernel.read(1, 0, new byte[8], 0, 8);
      kernel.process(1);
      kernel.descriptors(1);
      kernel.kill(1, 1);
      kernel.fileMode("/");
      kernel.readlink("/");
      kernel.readFile("/", 0, 9);
      kernel.entries("/");
      kernel.children(1);
      kernel.sysctlName(new int[] {1, 2});
      kernel.waitForStop();
    } catch (IOException expected) {
      assertTrue(!expected.getMessage().isEmpty());
    }
    kernel.close();
  }

  @Test
  void sshIsACommandLikeAnyOther() throws Exception {
    try (RemoteFreeBsdKernel kernel =
        RemoteKernels.connect("exec '" + Stub.executable() + "'", false)) {
      assertTrue(kernel.fileMode("/") != 0);
    }
    IOException e =
        assertThrows(
            IOException.class, () -> RemoteKernels.connect("echo 'no such host'; exit 1", false));
    assertEquals(
        "echo 'no such host'; exit 1: no capemu-stub answered: no such host", e.getMessage());
  }

  @Test
  void tcpStaysOnThisHost() throws Exception {
    assertReachedByTcp(0);
    IOException refused =
        assertThrows(IOException.class, () -> RemoteKernels.connect("unix:/nowhere/at-all", false));
    assertTrue(
        refused.getMessage().startsWith("unix:/nowhere/at-all: no capemu-stub listens there: "),
        refused.getMessage());
    for (String where : List.of("tcp:192.0.2.1:99", "tcp:localhost", "tcp:localhost:x", "tcp::1")) {
      IOException e =
          assertThrows(IOException.class, () -> RemoteKernels.connect(where, false), where);
      assertTrue(e.getMessage().startsWith(where + ": not "), e.getMessage());
    }
  }

  /**
   * A stub behind a TCP connection answers.
   *
   * @param lost bytes that come before anybody listens
   */
  private static void assertReachedByTcp(int lost) throws Exception {
    try (Stub stub = Stub.start();
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread bridge = new Thread(() -> bridge(server, stub, lost));
      bridge.start();
      try (RemoteFreeBsdKernel kernel =
          RemoteKernels.connect("tcp:localhost:" + server.getLocalPort(), false)) {
        assertTrue(kernel.fileMode("/") != 0);
      }
      assertEquals(0, stub.status());
      bridge.join();
    }
  }

  private static void bridge(ServerSocket server, Stub stub, int lost) {
    try (Socket socket = server.accept()) {
      socket.getInputStream().readNBytes(lost);
      Thread out =
          new Thread(
              () -> {
                try {
                  stub.process.getInputStream().transferTo(socket.getOutputStream());
                } catch (IOException ended) {
                  // as expected
                }
              });
      out.start();
      byte[] block = new byte[4096];
      int n;
      while ((n = socket.getInputStream().read(block)) > 0) {
        stub.process.getOutputStream().write(block, 0, n);
        stub.process.getOutputStream().flush();
      }
      stub.process.getOutputStream().close();
      out.join();
    } catch (IOException | InterruptedException ended) {
      // as expected
    }
  }

  @Test
  void aUnixSocketThatNobodyServesIsAnError() throws Exception {
    Path path = directory.resolve("socket");
    assertThrows(IOException.class, () -> RemoteKernels.connect("unix:" + path, false));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      Thread closer =
          new Thread(
              () -> {
                try {
                  server.accept().close();
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      closer.start();
      IOException e =
          assertThrows(IOException.class, () -> RemoteKernels.connect("unix:" + path, false));
      assertTrue(e.getMessage().startsWith("unix:" + path + ": "), e.getMessage());
      closer.join();
    }
  }

  private static byte[] le(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  private static byte[] string(String s) {
    return concat(le(s.length()), bytes(s));
  }

  private static byte[] frame(int type, byte[] body) {
    return concat(le(1 + body.length), new byte[] {(byte) type}, body);
  }

  private static byte[] frames(byte[]... frames) {
    return concat(frames);
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
