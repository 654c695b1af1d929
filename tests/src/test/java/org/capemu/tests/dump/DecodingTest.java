package org.capemu.tests.dump;

import static org.capemu.tests.dump.TraceBuilder.FREEBSD32;
import static org.capemu.tests.dump.TraceBuilder.FREEBSD64;
import static org.capemu.tests.dump.TraceBuilder.LINUX32;
import static org.capemu.tests.dump.TraceBuilder.LINUX64;
import static org.capemu.tests.dump.TraceBuilder.payload;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.TimeZone;
import org.capemu.tracer.ktrace.RecordType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Records that no capture has; the expected text is kdump(1)'s of 15.0 for the same records. */
@ResourceLock(Resources.TIME_ZONE)
class DecodingTest {
  private static final long AT_FDCWD = -100;

  @ParameterizedTest
  @CsvSource(
      delimiterString = " -> ",
      quoteCharacter = '`',
      value = {
        "5 -> 0x1000,0x601,0x1a4 -> open(0x1000,0x601<O_WRONLY|O_CREAT|O_TRUNC>,0644<S_IRUSR|S_IWUSR|S_IRGRP|S_IROTH>)",
        "5 -> 0x1000,0,0x1a4 -> open(0x1000,0<O_RDONLY>)",
        "5 -> 0x1000,0x3,0 -> open(0x1000,0x3<><invalid>3)",
        "10 -> 0x1000 -> unlink(0x1000)",
        "12 -> 0x1000 -> chdir(0x1000)",
        "33 -> 0x1000,0x4 -> access(0x1000,0x4<R_OK>)",
        "37 -> -1,9 -> kill(-1,SIGKILL)",
        "54 -> 1,0x40087468,0x1000 -> ioctl(0x1,TIOCGWINSZ,0x1000)",
        "54 -> 1,0x12345678,0x1000 -> ioctl(0x1,0x12345678,0x1000)",
        "54 -> 1,0xc04c4417,0x1000 -> ioctl(0x1,DIOCNATLOOK,0x1000)",
        "54 -> 1,0x20004401,0 -> ioctl(0x1,DIOCSTART,0)",
        "54 -> 1,0xc450443f,0x1000 -> ioctl(0x1,DIOCRGETTABLES,0x1000)",
        "55 -> 0x4000 -> reboot(0x4000<RB_POWEROFF>)",
        "60 -> 0x12 -> umask(022<S_IWGRP|S_IWOTH>)",
        "7 -> -1,0x1000,3,0 -> wait4(-1,0x1000,0x3<WNOHANG|WUNTRACED>,0)",
        "92 -> 3,2,1 -> fcntl(0x3,F_SETFD,FD_CLOEXEC)",
        "92 -> 3,4,0x4 -> fcntl(0x3,F_SETFL,0x4<O_RDONLY|O_NONBLOCK>)",
        "92 -> 3,1,0 -> fcntl(0x3,F_GETFD)",
        "97 -> 2,0x30000002,17 -> socket(PF_INET,0x30000002<SOCK_DGRAM|SOCK_CLOEXEC|SOCK_NONBLOCK>,IPPROTO_UDP)",
        "97 -> 1,1,0 -> socket(PF_LOCAL,0x1<SOCK_STREAM>,0)",
        "105 -> 3,0xffff,4,0x1000,4 -> setsockopt(0x3,SOL_SOCKET,SO_REUSEADDR,0x1000,0x4)",
        "105 -> 3,6,1,0x1000,4 -> setsockopt(0x3,IPPROTO_TCP,TCP_NODELAY,0x1000,0x4)",
        "148 -> 0x1000,0x70001,5,0x2000 -> quotactl(0x1000,QCMD(Q_GETQUOTA,GRPQUOTA),0x5,0x2000)",
        "194 -> 8,0x1000 -> getrlimit(RLIMIT_NOFILE,0x1000)",
        "251 -> 0x4034 -> rfork(0x4034<RFFDG|RFPROC|RFMEM|RFSIGSHARE>)",
        "340 -> 1,0x1000,0 -> sigprocmask(SIG_BLOCK,0x1000,0)",
        "454 -> 0x1000,0x80000002,0,0,0 -> _umtx_op(0x1000,0x80000002<UMTX_OP__32BIT|UMTX_OP_WAIT>,0,0,0)",
        "477 -> 0,0x1000,3,0x1002,-1,0 -> mmap(0,0x1000,0x3<PROT_READ|PROT_WRITE>,0x1002<MAP_PRIVATE|MAP_ANON>,0xffffffffffffffff,0)",
        "477 -> 0,0x1000,0x30001,0x1001002,-1,0 -> mmap(0,0x1000,0x30001<PROT_MAX(PROT_READ|PROT_WRITE)|PROT_READ>,0x1001002<MAP_PRIVATE|MAP_ANON|MAP_ALIGNED_SUPER>,0xffffffffffffffff,0)",
        "478 -> 3,-16,2 -> lseek(0x3,0xfffffffffffffff0,SEEK_END)",
        "499 -> -100,0x1000,0x100000,0 -> openat(AT_FDCWD,0x1000,0x100000<O_RDONLY|O_CLOEXEC>)",
        "503 -> 5,0x1000,0x800 -> unlinkat(0x5,0x1000,0x800<AT_REMOVEDIR>)",
        "516 -> 1 -> cap_enter(0x1)",
        "536 -> 3,0x18 -> cap_fcntls_limit(0x3,0x18<CAP_FCNTL_GETFL|CAP_FCNTL_SETFL>)",
        "544 -> 0,0x7,2,0x1000 -> procctl(P_PID,0x7,PROC_REAP_ACQUIRE,0x1000)",
        "571 -> 1,0x2,0x1a4,1,0 -> shm_open2(SHM_ANON,0x2<O_RDWR>,0644<S_IRUSR|S_IWUSR|S_IRGRP|S_IROTH>,0x1<SHM_ALLOW_SEALING>(0,0)",
        "1200 -> 1 -> [1200](0x1)",
      })
  void argumentsOfFreeBsdCalls(int code, String args, String text) {
    assertEquals(
        List.of("CALL  " + text), TraceBuilder.of(FREEBSD64).call(code, parse(args)).bodies());
  }

  private static long[] parse(String args) {
    return Arrays.stream(args.split(",")).mapToLong(Long::decode).toArray();
  }

  @Test
  void decimalNumbers() {
    assertEquals(
        List.of("CALL  read(3,4096,-1)"),
        TraceBuilder.of(FREEBSD64).call(3, 3, 4096, -1).bodies("-d"));
  }

  @Test
  void nothingIsTranslatedWithN() {
    assertEquals(
        List.of(
            "CALL  openat(0xffffffffffffff9c,0x1000,0)",
            "RET   openat 0x2a",
            "RET   openat -1 errno 2"),
        TraceBuilder.of(FREEBSD64)
            .call(499, AT_FDCWD, 0x1000, 0)
            .sysret(499, 0, 42)
            .sysret(499, 2, -1)
            .bodies("-n"));
  }

  @Test
  void wideNumbersOf32BitProcessesAreTwoArguments() {
    assertEquals(
        List.of("CALL  lseek(0x3,0x200000001,SEEK_SET)"),
        TraceBuilder.of(FREEBSD32).call(478, 3, 1, 2, 0).bodies());
  }

  @Test
  void callsOfLinuxBinaries() {
    assertEquals(
        List.of(
            "CALL  linux_open(0x1000,0x241<O_WRONLY|O_CREAT|O_TRUNC>,0644<S_IRUSR|S_IWUSR|S_IRGRP|S_IROTH>)",
            "CALL  linux_kill(7,SIGUSR1)",
            "CALL  linux_clone(0x1200011<(SIGCHLD)CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID>,0)",
            "CALL  linux_clock_gettime(CLOCK_MONOTONIC,0x1000)",
            "RET   linux_open -1 errno -38 Function not implemented"),
        TraceBuilder.of(LINUX64)
            .call(2, 0x1000, 0x241, 0x1a4)
            .call(62, 7, 10)
            .call(56, 0x1200011, 0)
            .call(228, 1, 0x1000)
            .sysret(2, 78, -1)
            .bodies());
    assertEquals(
        List.of("CALL  linux_open(0x1000,0<O_RDONLY>)"),
        TraceBuilder.of(LINUX32).call(5, 0x1000, 0, 0).bodies());
  }

  @Test
  void aProcessThatIsNotIntroducedHasNativeNamesAndPlainArguments() {
    assertEquals(
        List.of("CALL  openat(0xffffffffffffff9c,0x1000,0)"),
        new TraceBuilder().call(499, AT_FDCWD, 0x1000, 0).bodies());
  }

  @Test
  void returns() {
    assertEquals(
        List.of(
            "RET   read 9",
            "RET   read 10/0xa",
            "RET   read -1/0xffffffffffffffff",
            "RET   read RESTART",
            "RET   execve JUSTRETURN",
            "RET   read -1 errno 93 Capabilities insufficient",
            "RET   read -1 errno 200 Unknown error: 200"),
        TraceBuilder.of(FREEBSD64)
            .sysret(3, 0, 9)
            .sysret(3, 0, 10)
            .sysret(3, 0, -1)
            .sysret(3, -1, 0)
            .sysret(59, -2, 0)
            .sysret(3, 93, -1)
            .sysret(3, 200, -1)
            .bodies());
  }

  @Test
  void signals() {
    assertEquals(
        List.of(
            "PSIG  SIGCHLD caught handler=0x201000 mask=0x80000 code=CLD_EXITED",
            "PSIG  SIGSEGV SIG_DFL code=SEGV_MAPERR",
            "PSIG  SIGUSR1 SIG_DFL code=SI_USER",
            "PSIG  SIGTERM SIG_DFL code=<invalid=0x63>"),
        TraceBuilder.of(FREEBSD64)
            .record(RecordType.PSIG, psig(20, 0x201000, 1, 0x80000))
            .record(RecordType.PSIG, psig(11, 0, 1, 0))
            .record(RecordType.PSIG, psig(30, 0, 0x10001, 0))
            .record(RecordType.PSIG, psig(15, 0, 99, 0))
            .bodies());
  }

  private static ByteBuffer psig(int signo, long action, int code, int mask) {
    return payload(40).putInt(signo).putInt(0).putLong(action).putInt(code).putInt(mask);
  }

  @Test
  void contextSwitchesOfBothForms() {
    assertEquals(
        List.of("CSW   stop kernel \"select\"", "CSW   resume user"),
        TraceBuilder.of(FREEBSD64)
            .record(RecordType.CSW, payload(16).putInt(1).putInt(0).put(ascii("select")))
            .record(RecordType.CSW, payload(8).putInt(0).putInt(1))
            .bodies());
  }

  @Test
  void pageFaults() {
    assertEquals(
        List.of("PFLT  0x800123000 0x2<VM_PROT_WRITE>", "PRET  KERN_SUCCESS", "PRET  <invalid=77>"),
        TraceBuilder.of(FREEBSD64)
            .record(RecordType.FAULT, payload(16).putLong(0x800123000L).putInt(2))
            .record(RecordType.FAULTEND, payload(4).putInt(0))
            .record(RecordType.FAULTEND, payload(4).putInt(77))
            .bodies());
  }

  @Test
  void argumentsEnvironmentAndExtendedErrors() {
    ByteBuffer error = payload(200);
    error.putInt(4, 22).putInt(8, 3).putInt(12, 471).putLong(24, 16).putLong(32, 0);
    error.position(72).put(ascii("bad offset"));
    assertEquals(
        List.of(
            "ARGS  \"ls\", \"-l\"",
            "ENVS  \"HOME=/\"",
            "EERR  { errno 22 category 3 (src line 471) p1 0x10 p2 0 bad offset }"),
        TraceBuilder.of(FREEBSD64)
            .record(RecordType.ARGS, ascii("ls\0-l\0"))
            .record(RecordType.ENVS, ascii("HOME=/\0"))
            .record(RecordType.EXTERR, error)
            .bodies());
  }

  @Test
  void whatTheLinkerAndMallocSay() {
    ByteBuffer linker = payload(1064).put(ascii("RTLD")).putInt(5);
    linker.putLong(0x1000).putLong(0x2000).putLong(0x500).putInt(0).put(ascii("libc.so.7"));
    assertEquals(
        List.of(
            "USER  RTLD: loaded   0x1000 @ 0x2000 - 0x24ff (libc.so.7)",
            "USER  0x800 = malloc(16)",
            "USER  0x900 = realloc(0x800, 32)",
            "USER  free(0x900)",
            "USER  malloc_init()",
            "USER  3  01 02 ff"),
        TraceBuilder.of(FREEBSD64)
            .record(RecordType.USER, linker)
            .record(RecordType.USER, payload(24).putLong(0).putLong(16).putLong(0x800))
            .record(RecordType.USER, payload(24).putLong(0x800).putLong(32).putLong(0x900))
            .record(RecordType.USER, payload(24).putLong(0x900).putLong(0).putLong(0))
            .record(RecordType.USER, payload(24).putLong(-1).putLong(0).putLong(0))
            .record(RecordType.USER, new byte[] {1, 2, -1})
            .bodies());
  }

  @Test
  void events() {
    ByteBuffer events = payload(128);
    events.putLong(0, 4).putShort(8, (short) -1).putShort(10, (short) 5);
    events.putLong(64, 7).putShort(72, (short) -5).putShort(74, (short) 0x11);
    events.putInt(76, 0x8000_0000).putLong(80, 3).putLong(88, 0x99);
    assertEquals(
        List.of(
            "STRU  struct kevent[] = { { ident=4, filter=EVFILT_READ, flags=0x5<EV_ADD|EV_ENABLE>,"
                + " fflags=0, data=0, udata=0x0 }",
            "             { ident=7, filter=EVFILT_PROC, flags=0x11<EV_ADD|EV_ONESHOT>,"
                + " fflags=NOTE_EXIT, data=0x3, udata=0x99 } }",
            "STRU  struct pollfd[] = { { fd=3, events=0x1<POLLIN>, revents=0} }",
            "STRU  struct pollfd[] = { <bad size> }",
            "STRU  struct what[] = { <unknown structure> }"),
        TraceBuilder.of(FREEBSD64)
            .structs("kevent", 64, events)
            .structs("pollfd", 8, payload(8).putInt(3).putShort((short) 1))
            .structs("pollfd", 4, payload(8))
            .structs("what", 4, payload(8))
            .bodies());
  }

  @Test
  void structs() {
    assertEquals(
        List.of(
            "STRU  struct sockaddr { AF_INET, 127.0.0.1:80 }",
            "STRU  struct sockaddr { AF_INET6, [::1]:22 }",
            "STRU  struct sockaddr { AF_LOCAL, /tmp/s }",
            "STRU  struct sockaddr { AF_NETLINK, netlink[pid=5, groups=0x3] }",
            "STRU  cap_rights_t CAP_READ,CAP_SEEK_TELL",
            "STRU  cpuset_t [ 0, 9 ]",
            "STRU  cpuset_t [  empty ]",
            "STRU  itimerval { .interval = {1, 2}, .value = {3, 4} }",
            "STRU  inotify { .wd = 1, .mask = 0x100, .cookie = 0, .len = 8, .name = file }",
            "STRU  struct splice { fd=4, max=0x10, idle=1.000002 }",
            "STRU  struct splice { fd=4, max=0, idle=-1.-00123 }",
            "STRU  struct splice { fd=4, max=0, idle=0.-1234567890 }",
            "STRU  l_sigset_t [ SIGHUP, SIGUSR1 ]",
            "STRU  unknown structure",
            "STRU  invalid record"),
        TraceBuilder.of(FREEBSD64)
            .struct("sockaddr", payload(16).putInt(0x5000_0210).putInt(0x0100_007f))
            .struct("sockaddr", payload(28).putInt(0x1600_1c1c).put(23, (byte) 1))
            .struct("sockaddr", payload(9).put((byte) 9).put((byte) 1).put(ascii("/tmp/s")))
            .struct("sockaddr", payload(12).putInt(0x260c).putInt(5).putInt(3))
            .struct(
                "caprights",
                payload(16).putLong(0x0200_0000_0000_0005L).putLong(0x0400_0000_0000_0000L))
            .struct("cpuset_t", payload(8).putLong(0x201))
            .struct("cpuset_t", payload(8))
            .struct("itimerval", payload(32).putLong(1).putLong(2).putLong(3).putLong(4))
            .struct(
                "inotify",
                payload(24).putInt(1).putInt(0x100).putInt(0).putInt(8).put(ascii("file")))
            .struct("splice", payload(32).putLong(4).putLong(16).putLong(1).putLong(2))
            .struct("splice", payload(32).putLong(4).putLong(0).putLong(-1).putLong(-123))
            .struct("splice", payload(32).putLong(4).putLong(0).putLong(0).putLong(-1234567890))
            .struct("l_sigset_t", payload(8).putLong(0x201))
            .struct("nameidata", payload(8))
            .struct("stat", payload(8))
            .bodies());
  }

  /** Years beyond those of java.time. */
  @Test
  void datesThatAreFarAway() {
    TimeZone zone = TimeZone.getDefault();
    TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
    try {
      ByteBuffer stat = payload(224).putLong(48, 1L << 55).putLong(64, -1L << 55);
      stat.putInt(28, 7_777_776).putInt(32, 7_777_777).putLong(80, 1L << 33).putLong(88, 5);
      String text = TraceBuilder.of(FREEBSD64).struct("stat", stat).bodies("-r").get(0);
      assertEquals(
          "rdev=0, atime=\"Jun 13 06:26:08 1141709097\", mtime=\"Jul 20 17:33:52 -1141705158\","
              + " ctime=\"Mar 16 12:56:32 2242\".000000005, birthtime=\"Jan  1 00:00:00 1970\","
              + " size=0, blksize=0, blocks=0, flags=0x0 }",
          text.substring(text.indexOf("rdev")));
    } finally {
      TimeZone.setDefault(zone);
    }
  }

  @Test
  void bytesReadAndWritten() {
    assertEquals(
        List.of(
            "GIO   fd 1 wrote 13 bytes",
            "       \"a\\\\b\\rc",
            "\t\tend\\0\\0001\"",
            "GIO   fd 0 read 3 bytes",
            "       0x0000 6162 ff                                  |ab.|",
            "",
            "GIO   fd 2 wrote 1 byte",
            "       \"x\""),
        TraceBuilder.of(FREEBSD64)
            .record(RecordType.GENIO, genio(1, 1, "a\\b\rc\n\tend\0\0" + "1"))
            .record(RecordType.GENIO, genio(0, 0, "ab\u00ff"))
            .record(RecordType.GENIO, genio(2, 1, "x"))
            .bodies());
  }

  private static byte[] genio(int fd, int direction, String data) {
    return payload(8 + data.length()).putInt(fd).putInt(direction).put(ascii(data)).array();
  }

  @Test
  void unknownTypesHaveALineOfTheirOwn() {
    assertEquals(
        List.of("UNKNOWN(35)  "), TraceBuilder.of(FREEBSD64).record(35, payload(5)).bodies());
  }

  @Test
  void lostRecordsAreToldOnceBeforeTheNextOne() {
    TraceBuilder builder = TraceBuilder.of(FREEBSD64);
    builder.header.dropped(true);
    builder.sysret(3, 0, 1);
    assertEquals(List.of("Events dropped.", "RET   read 1"), builder.bodies());
  }

  @Test
  void headersHaveWhatIsAskedFor() {
    TraceBuilder builder = TraceBuilder.of(FREEBSD32).sysret(20, 0, 7);
    builder.header.time(1_700_000_002, 4).cpu(3);
    builder.sysret(20, 0, 7);
    assertEquals(
        """
             7 100007 prog     1700000000.000000005 0.000000000 0.000000000   0 RET   F32  getpid[20] 7
             7 100007 prog     1700000002.000000004 1.999999999 1.999999999   3 RET   F32  getpid[20] 7
        """,
        Dump.of(builder.trace(), "-HTERcAS").text());
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
