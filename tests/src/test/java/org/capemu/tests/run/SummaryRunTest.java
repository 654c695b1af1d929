package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What {@code run} says of real programs, and its exit status. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class SummaryRunTest {
  private static final int WRITE = 1;
  private static final int SOCKET = 41;
  private static final int CONNECT = 42;
  private static final int SENDTO = 44;
  private static final int BIND = 49;
  private static final int FORK = 57;
  private static final int CLONE = 56;
  private static final int KILL = 62;
  private static final int GETCWD = 79;
  private static final int SCHED_SETAFFINITY = 203;
  private static final int OPENAT = 257;
  private static final int RENAMEAT = 264;
  private static final int IO_URING_SETUP = 425;

  private static final int AT_FDCWD = -100;
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_RAW = 3;
  private static final int IPPROTO_ICMP = 1;
  private static final int SIGTERM = 15;

  /** A process id that no process has: beyond pid_max. */
  private static final int NOBODY = 0x7ffffff0;

  /** 127.0.0.1, port 53. */
  private static final byte[] LOOPBACK = {2, 0, 0, 53, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};

  private static final byte[] UNIX_ADDRESS = {1, 0, '/', 'n', 'o', 'n', 'e', 0};

  @TempDir Path directory;

  private Launched capemu(String... arguments) throws IOException, InterruptedException {
    return Launched.capemu(directory, arguments);
  }

  private static byte[] loopback6() {
    byte[] address = new byte[28];
    address[0] = AF_INET6;
    address[3] = 53;
    address[23] = 1;
    return address;
  }

  /** By what they name, not by the first of their kind. */
  @Test
  void eachViolationIsNamed() throws IOException, InterruptedException {
    new TinyProgram()
        .call(SOCKET, AF_INET, SOCK_DGRAM, 0) // 3
        .call(SOCKET, AF_UNIX, SOCK_DGRAM, 0) // 4
        .call(SOCKET, AF_INET6, SOCK_DGRAM, 0) // 5
        .call(OPENAT, AT_FDCWD, "nowhere", 0)
        .call(OPENAT, AT_FDCWD, "/etc/localtime", 0)
        .call(OPENAT, AT_FDCWD, "/etc/localtime", 0)
        .call(RENAMEAT, AT_FDCWD, "from", AT_FDCWD, "to")
        .call(CONNECT, 3, LOOPBACK, LOOPBACK.length)
        .call(CONNECT, 5, loopback6(), 28)
        .call(CONNECT, 4, UNIX_ADDRESS, UNIX_ADDRESS.length)
        .call(BIND, 3, LOOPBACK, LOOPBACK.length)
        .call(SENDTO, 5, "x", 1, 0, loopback6(), 28)
        .call(KILL, NOBODY, SIGTERM)
        .call(SOCKET, AF_INET, SOCK_RAW, IPPROTO_ICMP)
        .call(SCHED_SETAFFINITY, NOBODY, 8, new byte[8])
        .call(IO_URING_SETUP, 1, 0)
        .write(directory.resolve("names"), 7);
    Launched run = capemu("run", "./names");
    assertEquals(7, run.status());
    List<String> lines = run.err().lines().toList();
    assertEquals("capemu: 12 violations in 11 places; trace in ktrace.out", lines.get(0));
    assertEquals("  names: 12", lines.get(1));
    assertEquals(line(2, "openat \"/etc/localtime\": restricted VFS lookup"), lines.get(2));
    for (String place :
        List.of(
            "openat \"nowhere\": restricted VFS lookup",
            "renameat \"from\": restricted VFS lookup",
            "connect 127.0.0.1:53: system call not allowed",
            "connect [::1]:53: system call not allowed",
            "connect \"/none\": system call not allowed",
            "bind 127.0.0.1:53: system call not allowed",
            "sendto [::1]:53: restricted address lookup",
            "kill SIGTERM to " + NOBODY + ": signal delivery not allowed",
            "socket IPPROTO_ICMP: protocol not allowed",
            "cpuset_setaffinity of " + NOBODY + ": restricted cpuset operation")) {
      assertTrue(lines.contains(line(1, place)), place + "\n" + run.err());
    }
    assertTrue(
        lines.contains("  start-up, before main: 1 (not counted; --startup lists it)"), run.err());
    assertTrue(run.err().contains("io_uring_setup: FreeBSD has no such call"), run.err());
  }

  private static String line(int count, String place) {
    return "    %7d  ECAPMODE     %s".formatted(count, place);
  }

  @Test
  void failOnViolationCountsWhatTheSummaryCounts() throws IOException, InterruptedException {
    new TinyProgram().call(WRITE, 1, "out\n", 4).write(directory.resolve("writes"), 0);
    assertEquals(0, capemu("run", "--fail-on-violation", "./writes").status());
    new TinyProgram().call(IO_URING_SETUP, 1, 0).write(directory.resolve("linux"), 0);
    assertEquals(0, capemu("run", "--fail-on-violation", "./linux").status());
    new TinyProgram().call(OPENAT, AT_FDCWD, "x", 0).write(directory.resolve("opens"), 5);
    assertEquals(3, capemu("run", "--fail-on-violation", "./opens").status());
    assertEquals(5, capemu("run", "./opens").status());
  }

  /** Killed, and not merely an exit status that looks like it. */
  @Test
  void aProgramThatCrashedHasItsOwnStatus() throws IOException, InterruptedException {
    assertEquals(128 + 11, fail("kill -SEGV $$").status());
    assertEquals(3, fail("exit 139").status());
  }

  private Launched fail(String script) throws IOException, InterruptedException {
    return capemu("run", "--fail-on-violation", "sh", "-c", "read x </etc/passwd; " + script);
  }

  @Test
  void theSummaryGoesWhereItIsWanted() throws IOException, InterruptedException {
    new TinyProgram().call(OPENAT, AT_FDCWD, "x", 0).write(directory.resolve("opens"), 0);
    assertEquals(new Launched(0, "", ""), capemu("run", "-q", "./opens"));
    assertEquals(new Launched(0, "", ""), capemu("run", "--summary", "s", "./opens"));
    String text = Files.readString(directory.resolve("s"));
    assertTrue(text.startsWith("capemu: 1 violation in 1 place; trace in ktrace.out\n"), text);
    Launched json = capemu("run", "--summary-format", "json", "./opens");
    assertTrue(json.err().startsWith("{\n  \"version\" : 1,"), json.err());
    assertTrue(json.err().contains("\"path\" : \"x\""), json.err());
    assertFalse(json.err().contains("capemu:"), json.err());
  }

  /** Before the program runs. */
  @Test
  void aSummaryThatCannotBeWrittenIsBadInput() throws IOException, InterruptedException {
    String[] program = {"sh", "-c", "echo ran >>did"};
    assertEquals(
        new Launched(2, "", "capemu: no/s: No such file or directory\n"),
        capemu("run", "--summary", "no/s", program[0], program[1], program[2]));
    assertEquals(
        new Launched(2, "", "capemu: .: Is a directory\n"),
        capemu("run", "--summary", ".", program[0], program[1], program[2]));
    assertEquals(
        new Launched(2, "", "capemu: --summary ktrace.out: is the trace\n"),
        capemu("run", "--summary", "ktrace.out", program[0], program[1], program[2]));
    assertEquals(
        new Launched(2, "", "capemu: --summary s: there is none with -q\n"),
        capemu("run", "-q", "--summary", "s", program[0], program[1], program[2]));
    assertFalse(Files.exists(directory.resolve("did")));
    Launched full = capemu("run", "--summary", "/dev/full", "true");
    assertEquals(new Launched(2, "", "capemu: /dev/full: No space left on device\n"), full);
  }

  @Test
  void whatIsAppendedIsThisRuns() throws IOException, InterruptedException {
    new TinyProgram().call(OPENAT, AT_FDCWD, "x", 0).write(directory.resolve("opens"), 0);
    capemu("run", "./opens");
    Launched run = capemu("run", "-a", "./opens");
    assertTrue(
        run.err().startsWith("capemu: 1 violation in 1 place in this run; trace in ktrace.out\n"),
        run.err());
  }

  /** A shell waits for each before it makes the next; popen(3) and system(3) do the same. */
  @Test
  void whatRanUntracedIsSaid() throws IOException, InterruptedException {
    String script = "/bin/true; /bin/echo x; :";
    Launched untraced = capemu("run", "sh", "-c", script);
    String err = untraced.err();
    assertTrue(err.contains("\n  2 processes ran untraced (-i traces them): "), err);
    Launched traced = capemu("run", "-i", "sh", "-c", script);
    assertFalse(traced.err().contains("untraced"), traced.err());
    assertTrue(traced.err().contains(" (child): 2\n"), traced.err());
  }

  /** Neither threads nor what failed; whichever way it is made, and by which process's signal. */
  @Test
  void onlyProcessesAreUntraced() throws IOException, InterruptedException {
    new TinyProgram()
        .call(CLONE, -1, 0) // flags that exclude each other: EINVAL
        .call(GETCWD, 0, 0)
        .write(directory.resolve("fails"), 0);
    assertEquals(-1, capemu("run", "./fails").err().indexOf("untraced"));
    new TinyProgram().call(FORK).write(directory.resolve("forks"), 0);
    Launched forks = capemu("run", "./forks");
    assertTrue(
        forks.err().contains("  1 process ran untraced (-i traces them): forks\n"), forks.err());
    assertTrue(forks.err().startsWith("capemu: no violations found, but not all was traced; "));
    int sigurg = 23;
    new TinyProgram().call(CLONE, sigurg, 0).write(directory.resolve("clones"), 0);
    Launched clones = capemu("run", "./clones");
    assertTrue(clones.err().contains("  1 process ran untraced "), clones.err());
  }

  @Test
  void threadsAreNoProcesses() throws IOException, InterruptedException {
    assumeTrue(Launched.isThere("python3"));
    Launched run =
        capemu(
            "run",
            "/usr/bin/python3",
            "-c",
            "import threading as t; x=[t.Thread(target=len, args=('',)) for i in range(50)];"
                + "[y.start() for y in x]; [y.join() for y in x]");
    assertEquals(0, run.status(), run.err());
    assertFalse(run.err().contains("untraced"), run.err());
  }

  @Test
  void aTraceThatIsCutIsNoPeace() throws IOException, InterruptedException {
    new TinyProgram().repeat(5000, 39).write(directory.resolve("program"), 7);
    Launched run =
        Launched.command(
            directory,
            List.of(
                "sh",
                "-c",
                "ulimit -f 100; trap '' XFSZ; exec \"$0\" run ./program",
                Launched.CAPEMU));
    List<String> lines = run.err().lines().toList();
    assertEquals("capemu: ktrace.out: File too large", lines.get(0));
    assertEquals(
        "capemu: no violations found, but not all was recorded; trace in ktrace.out", lines.get(1));
    assertTrue(run.err().contains("\n  the trace is not complete: "), run.err());
  }

  @Test
  void addressesAreDecodedInJson() throws IOException, InterruptedException {
    new TinyProgram()
        .call(SOCKET, AF_INET, SOCK_DGRAM, 0) // 3
        .call(SENDTO, 3, "x", 1, 0, LOOPBACK, LOOPBACK.length)
        .write(directory.resolve("sends"), 0);
    capemu("run", "./sends");
    Launched dump = capemu("dump", "--json", "-t", "p");
    assertTrue(
        dump.out()
            .contains(
                "\"sockaddr\":{\"family\":\"AF_INET\",\"address\":\"127.0.0.1\",\"port\":53},"
                    + "\"data\":\"EAIANX8AAAEAAAAAAAAAAA==\""),
        dump.out());
  }

  /** Of a name that is no UTF-8 as well: what is written is what the trace holds. */
  @Test
  void namesAreBytes() throws IOException, InterruptedException {
    String name = new String(new byte[] {(byte) 0xff, 'x'}, StandardCharsets.ISO_8859_1);
    new TinyProgram().call(OPENAT, AT_FDCWD, name, 0).write(directory.resolve("opens"), 0);
    assertTrue(capemu("run", "./opens").err().contains(" openat \"\\xffx\": "));
    assertEquals(
        0, capemu("run", "--summary", "s", "--summary-format", "json", "./opens").status());
    assertTrue(Files.readString(directory.resolve("s")).contains("\"path\" : \"\u00ffx\""));
  }
}
