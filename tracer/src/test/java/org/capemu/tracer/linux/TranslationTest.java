package org.capemu.tracer.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.capemu.policy.Abi;
import org.capemu.policy.Release;
import org.capemu.policy.SyscallTable;
import org.capemu.tracer.StoppedThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TranslationTest {
  private static final SyscallTable FREEBSD = SyscallTable.of(Release.FREEBSD_15);
  private static final int PID = 100;

  /** In memory: "" at 0x5000, "user.mime" at 0x6000, "security.selinux" at 0x7000. */
  private static final Map<Long, byte[]> STRINGS =
      Map.of(
          0x5000L, new byte[] {0, 0, 0, 0, 0},
          0x6000L, "user.mime\0".getBytes(),
          0x7000L, "security.selinux\0".getBytes());

  private final Map<Long, byte[]> memory = new HashMap<>(STRINGS);
  private final TranslatedCall call = new TranslatedCall();

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      textBlock =
          """
          # files
          read(3, 0x1000, 512)                       > read(3, 0x1000, 512)
          open(0x1000, 0x241, 0644)                  > open(0x1000, 0x601, 0644)
          openat(-100, 0x1000, 0x80000)              > openat(-100, 0x1000, 0x100000, 0)
          openat(3, 0x1000, 0x200000)                > openat(3, 0x1000, 0x400000, 0)
          openat(3, 0x1000, 0x30c02)                 > openat(3, 0x1000, 0x2010e, 0)
          openat(3, 0x1000, 0x410002, 0600)          > openat(3, 0x1000, 0x202, 0600)
          openat(3, 0x1000, 0x101001)                > openat(3, 0x1000, 0x81, 0)
          creat(0x1000, 0644)                        > openat(-100, 0x1000, 0x601, 0644)
          stat(0x1000, 0x2000)                       > fstatat(-100, 0x1000, 0x2000, 0)
          lstat(0x1000, 0x2000)                      > fstatat(-100, 0x1000, 0x2000, 0x200)
          fstat(3, 0x2000)                           > fstat(3, 0x2000)
          newfstatat(3, 0x1000, 0x2000, 0x900)       > fstatat(3, 0x1000, 0x2000, 0x200)
          newfstatat(3, 0x5000, 0x2000, 0x1000)      > fstat(3, 0x2000)
          newfstatat(3, 0x6000, 0x2000, 0x1000)      > fstatat(3, 0x6000, 0x2000, 0x4000)
          newfstatat(-100, 0x5000, 0x2000, 0x1000)   > fstatat(-100, 0x5000, 0x2000, 0x4000)
          statx(-100, 0x1000, 0x900, 0x7ff, 0x2000)  > fstatat(-100, 0x1000, 0x2000, 0x200)
          statx(4, 0x5000, 0x1000, 0x7ff, 0x2000)    > fstat(4, 0x2000)
          access(0x1000, 4)                          > access(0x1000, 4)
          faccessat(3, 0x1000, 4)                    > faccessat(3, 0x1000, 4, 0)
          faccessat2(3, 0x1000, 4, 0x300)            > faccessat(3, 0x1000, 4, 0x300)
          unlinkat(3, 0x1000, 0x200)                 > unlinkat(3, 0x1000, 0x800)
          linkat(3, 0x1000, 4, 0x2000, 0x400)        > linkat(3, 0x1000, 4, 0x2000, 0x400)
          renameat2(3, 0x1000, 4, 0x2000, 1)         > renameat(3, 0x1000, 4, 0x2000)
          mknod(0x1000, 0010644, 0)                  > mkfifo(0x1000, 0644)
          mknodat(3, 0x1000, 0020644, 0x103)         > mknodat(3, 0x1000, 0020644, 0x103)
          fchmodat2(3, 0x1000, 0600, 0x100)          > fchmodat(3, 0x1000, 0600, 0x200)
          utimensat(3, 0, 0x2000, 0)                 > futimens(3, 0x2000)
          utimensat(3, 0x1000, 0x2000, 0x100)        > utimensat(3, 0x1000, 0x2000, 0x200)
          getdents64(3, 0x2000, 4096)                > getdirentries(3, 0x2000, 4096, 0)
          getcwd(0x2000, 4096)                       > __getcwd(0x2000, 4096)
          setxattr(0x1000, 0x6000, 0x2000, 9, 0)     > extattr_set_file(0x1000, 1, 0x6000, 0x2000, 9)
          fgetxattr(3, 0x7000, 0x2000, 9)            > extattr_get_fd(3, 2, 0x7000, 0x2000, 9)
          sendfile(5, 6, 0, 100)                     > sendfile(6, 5, 0, 100, 0, 0, 0)
          splice(5, 0, 6, 0, 100, 2)                 > copy_file_range(5, 0, 6, 0, 100, 0)
          fallocate(3, 3, 0, 100)                    > fspacectl(3, 1, 0, 0, 0)
          fallocate(3, 0, 7, 100)                    > posix_fallocate(3, 7, 100)
          mount(0x1, 0x2, 0x3, 0x21, 0x5)            > mount(0x3, 0x2, 0x10001, 0x5)
          # descriptors
          dup2(3, 4)                                 > dup2(3, 4)
          dup3(3, 4, 0x80000)                        > fcntl(3, 0x10018, 4)
          pipe(0x1000)                               > pipe2(0x1000, 0)
          pipe2(0x1000, 0x80800)                     > pipe2(0x1000, 0x100004)
          fcntl(3, 4, 0xc00)                         > fcntl(3, 4, 0xc)
          fcntl(3, 6, 0x2000)                        > fcntl(3, 12, 0x2000)
          fcntl(3, 1030, 10)                         > fcntl(3, 17, 10)
          fcntl(3, 1033, 0x10)                       > fcntl(3, 19, 0x8)
          ioctl(1, 0x5401, 0x2000)                   > ioctl(1, 0x402c7413, 0x2000)
          ioctl(1, 0x80047777, 0x2000)               > ioctl(1, 0x80047777, 0x2000)
          memfd_create(0x1000, 3)                    > shm_open2(1, 0x100002, 0, 3, 0x1000)
          epoll_create1(0x80000)                     > kqueuex(1)
          epoll_ctl(3, 1, 4, 0x1000)                 > kevent(3, 0, 1, 0, 0, 0)
          epoll_wait(3, 0x1000, 64, 1000)            > kevent(3, 0, 0, 0x1000, 64, 0)
          eventfd2(0, 0x80000)                       > __specialfd(1, 0, 8)
          inotify_add_watch(3, 0x1000, 0x100)        > inotify_add_watch_at(3, -100, 0x1000, 0x100)
          timerfd_create(1, 0x80800)                 > timerfd_create(4, 0x100004)
          signalfd4(-1, 0x1000, 8, 0x80000)          > kqueuex(1)
          # memory
          mmap(0, 4096, 3, 0x22, -1, 0)              > mmap(0, 4096, 3, 0x1002, -1, 0)
          mmap(0x1000, 4096, 1, 0x12, 3, 8192)       > mmap(0x1000, 4096, 1, 0x12, 3, 8192)
          mmap(0, 4096, 3, 0x20022, -1, 0)           > mmap(0, 4096, 3, 0x1402, -1, 0)
          mprotect(0x1000, 4096, 0x1000001)          > mprotect(0x1000, 4096, 1)
          brk(0x10000)                               > break(0x10000)
          madvise(0x1000, 4096, 4)                   > madvise(0x1000, 4096, 4)
          madvise(0x1000, 4096, 10)                  > minherit(0x1000, 4096, 2)
          msync(0x1000, 4096, 4)                     > msync(0x1000, 4096, 0)
          # processes, threads and signals
          clone(0x1200011, 0, 0, 0x3000, 0)          > fork()
          clone(0x4111, 0x8000, 0, 0, 0)             > vfork()
          clone(0x1011, 0, 0x3000, 0, 0)             > pdfork(0x3000, 0)
          clone(0x3d0f00, 0x8000, 0, 0, 0)           > thr_new(0, 104)
          clone(0x111, 0x8000, 0, 0, 0)              > rfork(0x34)
          exit_group(3)                              > _exit(3)
          exit(0)                                    > thr_exit(0)
          execve(0x1000, 0x2000, 0x3000)             > execve(0x1000, 0x2000, 0x3000)
          execveat(3, 0x5000, 0x2000, 0x3000, 0x1000)  > fexecve(3, 0x2000, 0x3000)
          wait4(-1, 0x1000, 9, 0)                    > wait4(-1, 0x1000, 5, 0)
          waitid(1, 77, 0x2000, 5, 0)                > wait6(0, 77, 0, 0x11, 0, 0x2000)
          kill(77, 10)                               > kill(77, 30)
          kill(-1, 0)                                > kill(-1, 0)
          tkill(77, 12)                              > thr_kill(77, 31)
          tgkill(100, 100, 6)                        > thr_kill(100, 6)
          tgkill(77, 78, 6)                          > thr_kill2(77, 78, 6)
          rt_sigaction(17, 0x1000, 0, 8)             > sigaction(20, 0x1000, 0)
          rt_sigprocmask(2, 0x1000, 0, 8)            > sigprocmask(3, 0x1000, 0)
          futex(0x1000, 129, 1)                      > _umtx_op(0x1000, 16, 1, 0, 0)
          futex(0x1000, 0x189, 5, 0x2000)            > _umtx_op(0x1000, 15, 5, 0, 0x2000)
          rseq(0x1000, 32, 0, 0x53053053)            > sigfastblock(1, 0x1000)
          set_robust_list(0x1000, 24)                > _umtx_op(0, 26, 24, 0x1000, 0)
          arch_prctl(0x1002, 0x1000)                 > sysarch(129, 0x1000)
          prctl(15, 0x1000)                          > thr_set_name(100, 0x1000)
          prctl(38, 1)                               > procctl(0, 0, 19, 1)
          prlimit64(0, 7, 0, 0x2000)                 > getrlimit(8, 0x2000)
          prlimit64(100, 9, 0x1000, 0x2000)          > setrlimit(10, 0x1000)
          prlimit64(77, 7, 0, 0x2000)                > __sysctl(0, 5, 0x2000, 0, 0, 16)
          sched_setaffinity(0, 128, 0x1000)          > cpuset_setaffinity(3, 9, -1, 128, 0x1000)
          sched_setaffinity(77, 128, 0x1000)         > cpuset_setaffinity(3, 9, 77, 128, 0x1000)
          sched_setaffinity(100, 128, 0x1000)        > cpuset_setaffinity(3, 9, 100, 128, 0x1000)
          sched_getaffinity(77, 128, 0x1000)         > cpuset_getaffinity(3, 9, 77, 128, 0x1000)
          sched_getaffinity(100, 32, 0x1000)         > cpuset_getaffinity(3, 1, -1, 32, 0x1000)
          clock_gettime(1, 0x1000)                   > clock_gettime(4, 0x1000)
          clock_nanosleep(0, 0, 0x1000, 0)           > nanosleep(0x1000, 0)
          clock_nanosleep(1, 1, 0x1000, 0)           > clock_nanosleep(4, 1, 0x1000, 0)
          getrandom(0x1000, 16, 1)                   > getrandom(0x1000, 16, 1)
          # sockets
          socket(1, 0x80801, 0)                      > socket(1, 0x30000001, 0)
          socket(10, 2, 17)                          > socket(28, 2, 17)
          socket(2, 3, 1)                            > socket(2, 3, 1)
          socket(2, 1, 262)                          > socket(2, 1, 6)
          socket(16, 0x80003, 0)                     > socket(38, 0x10000003, 0)
          connect(3, 0x1000, 110)                    > connect(3, 0x1000, 110)
          sendto(3, 0x1000, 5, 0x4000, 0x2000, 16)   > sendto(3, 0x1000, 5, 0x20000, 0x2000, 16)
          sendmsg(3, 0x1000, 0x4040)                 > sendmsg(3, 0x1000, 0x20080)
          recvmsg(3, 0x1000, 0x40000022)             > recvmsg(3, 0x1000, 0x40012)
          accept4(3, 0x1000, 0x2000, 0x800)          > accept4(3, 0x1000, 0x2000, 0x20000000)
          setsockopt(3, 1, 2, 0x1000, 4)             > setsockopt(3, 0xffff, 4, 0x1000, 4)
          getsockopt(3, 1, 17, 0x1000, 0x2000)       > getsockopt(3, 0, 1, 0x1000, 0x2000)
          setsockopt(3, 41, 26, 0x1000, 4)           > setsockopt(3, 41, 27, 0x1000, 4)
          setsockopt(3, 6, 23, 0x1000, 4)            > setsockopt(3, 6, 1025, 0x1000, 4)
          """)
  void aCallIsFreeBsdsWithItsArgumentsInPlace(String linux, String freeBsd) {
    translate(linux);
    assertEquals(Abi.FREEBSD64, call.abi());
    assertEquals(nameOf(freeBsd), FREEBSD.name(call.number()));
    long[] expected = argumentsOf(freeBsd);
    assertEquals(expected.length, call.argCount());
    for (int i = 0; i < call.argCount(); i++) {
      boolean wide = FREEBSD.info(call.number()).arguments().get(i).type().matches(".*[*]|off_t");
      long value = wide || expected[i] >= 0 ? call.args()[i] : (int) call.args()[i];
      assertEquals(expected[i], value, linux + ": argument " + i);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "io_uring_setup(8, 0x1000)",
        "bpf(0, 0x1000, 120)",
        "futex(0x1000, 99, 0, 0, 0, 0)",
        "fcntl(3, 1024, 1)",
        "madvise(0x1000, 4096, 100)",
        "socket(17, 3, 0x300)",
        "socket(38, 5, 0)",
        "dup3(3, 4, 1)",
        "waitid(3, 5, 0x1000, 4, 0)",
        "prctl(24, 3, 0, 0, 0)",
      })
  void aCallWithoutCounterpartStaysLinuxs(String linux) {
    translate(linux);
    assertEquals(Abi.LINUX64, call.abi());
    assertEquals(nameOf(linux), LinuxSyscalls.name(call.number()));
    long[] arguments = argumentsOf(linux);
    assertEquals(arguments.length, call.argCount());
    assertEquals(Arrays.toString(Arrays.copyOf(arguments, 8)), Arrays.toString(call.args()));
  }

  /** From the tables of both systems: a few calls by number, so that names cannot hide a shift. */
  @ParameterizedTest
  @CsvSource({
    "0, 3",
    "1, 4",
    "2, 5",
    "4, 552",
    "9, 477",
    "59, 59",
    "60, 431",
    "62, 37",
    "231, 1",
    "257, 499",
    "262, 552",
    "332, 552",
    "302, 194",
    "202, 454",
    "232, 560",
    "203, 488",
    "318, 563",
    "56, 2"
  })
  void numbersAreThoseOfTheKernels(int linux, int freeBsd) {
    Translation.translate(linux, new long[6], thread(), call);
    assertEquals(freeBsd, call.number());
  }

  @Test
  void theFlagsOfClone3AreInMemory() {
    put(0x3000, 0x3d0f00, 0);
    translate("clone3(0x3000, 88)");
    assertEquals("thr_new", FREEBSD.name(call.number()));
    put(0x3000, 0x4100, 0);
    translate("clone3(0x3000, 88)");
    assertEquals("vfork", FREEBSD.name(call.number()));
    put(0x3000, 0x1000, 0x7ffe0);
    translate("clone3(0x3000, 88)");
    assertEquals("pdfork", FREEBSD.name(call.number()));
    assertEquals(0x7ffe0, call.args()[0]);
    put(0x3000, 0, 0);
    translate("clone3(0x3000, 88)");
    assertEquals("fork", FREEBSD.name(call.number()));
    translate("clone3(0xbad000, 88)");
    assertEquals("fork", FREEBSD.name(call.number()));
  }

  @Test
  void theFlagsOfOpenat2AreInMemory() {
    put(0x3000, 0x80241, 0644, 0x8);
    translate("openat2(3, 0x1000, 0x3000, 24)");
    assertEquals("openat", FREEBSD.name(call.number()));
    assertEquals(0x900601, call.args()[2]);
    assertEquals(0644, call.args()[3]);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      textBlock =
          """
          # shm_open(3) and shm_unlink(3)
          openat(-100, 0x3000, 0xa00c2, 0600) > /dev/shm/x      > shm_open2(0x3008, 0x100a02, 0600, 0, 0)
          openat(7, 0x3000, 0xa0000)          > /dev/shm/x      > shm_open2(0x3008, 0x100000, 0, 0, 0)
          open(0x3000, 0xa0202)               > /dev/shm/x.y    > shm_open2(0x3008, 0x100402, 0, 0, 0)
          unlink(0x3000)                      > /dev/shm/x      > shm_unlink(0x3008)
          # another flag, another directory, another file
          openat(-100, 0x3000, 0x800c2, 0600) > /dev/shm/x      > openat(-100, 0x3000, 0x100a02, 0600)
          openat(-100, 0x3000, 0xa0802)       > /dev/shm/x      > openat(-100, 0x3000, 0x100106, 0)
          openat(-100, 0x3000, 0xa0002)       > /dev/shm/sem.x  > openat(-100, 0x3000, 0x100102, 0)
          openat(-100, 0x3000, 0xa0002)       > /dev/shm/x/y    > openat(-100, 0x3000, 0x100102, 0)
          openat(-100, 0x3000, 0xa0002)       > /dev/shm/       > openat(-100, 0x3000, 0x100102, 0)
          openat(-100, 0x3000, 0xa0002)       > /dev/shm        > openat(-100, 0x3000, 0x100102, 0)
          openat(-100, 0x9000, 0xa0002)       > unreadable      > openat(-100, 0x9000, 0x100102, 0)
          unlink(0x3000)                      > /dev/shm/sem.x  > unlink(0x3000)
          unlink(0x3000)                      > dev/shm/x       > unlink(0x3000)
          """)
  void aNameInDevShmIsSharedMemory(String linux, String path, String freeBsd) {
    memory.put(0x3000L, Arrays.copyOf(path.getBytes(StandardCharsets.ISO_8859_1), 400));
    aCallIsFreeBsdsWithItsArgumentsInPlace(linux, freeBsd);
  }

  @Test
  void aNameThatIsTooLongOrDoesNotEndIsNoName() {
    byte[] endless = new byte[400];
    Arrays.fill(endless, (byte) 'x');
    System.arraycopy("/dev/shm/".getBytes(StandardCharsets.ISO_8859_1), 0, endless, 0, 9);
    memory.put(0x3000L, endless);
    translate("unlink(0x3000)");
    assertEquals("unlink", FREEBSD.name(call.number()));
  }

  @Test
  void leavingTheDirectoryIsAnErrorOfCapsicumsOnlyWhereItIsForbidden() {
    int exdev = 18;
    int enotcapable = 93;
    put(0x3000, 0, 0, 0x8);
    translate("openat2(3, 0x1000, 0x3000, 24)");
    assertEquals(enotcapable, call.errno(exdev));
    assertEquals(2, call.errno(2));
    put(0x3000, 0, 0, 0);
    translate("openat2(3, 0x1000, 0x3000, 24)");
    assertEquals(exdev, call.errno(exdev));
    translate("openat(3, 0x1000, 0)");
    assertEquals(35, call.errno(11)); // EAGAIN
  }

  @Test
  void eachMessageIsACall() {
    put(0x3000, new long[16]);
    translate("sendmmsg(3, 0x3000, 2, 0)");
    assertTrue(call.isForEachMessage());
    assertEquals(2, call.count());
    call.nextMessage();
    assertEquals(0x3040, call.args()[1]);
    memory.get(0x3000L)[64 + 56] = 7;
    assertEquals(7, call.messageLength(thread()));
    translate("sendmmsg(3, 0x3000, 0, 0)");
    assertEquals(0, call.count());
    translate("sendmsg(3, 0x3000, 0)");
    assertEquals(1, call.count());
    translate("io_setup(3, 0x3000)");
    assertEquals(1, call.count());
  }

  @Test
  void theOffsetOfSendfileIsInMemory() {
    put(0x3000, 8192);
    translate("sendfile(5, 6, 0x3000, 100)");
    assertEquals(8192, call.args()[2]);
  }

  @Test
  void aThreadThatPinsItselfNamesAThread() {
    StoppedThread later = thread();
    when(later.tid()).thenReturn(101);
    Translation.translate(
        number("sched_setaffinity"), new long[] {101, 8, 1, 0, 0, 0}, later, call);
    assertEquals("[3, 1, -1, 8, 1, 0, 0, 0]", Arrays.toString(call.args()));
  }

  @Test
  void aCIntHasZerosAboveAndAnOffsetItsSign() {
    translate("mmap(0, 4096, 3, 0x22, 0xffffffffffffffff, -4096)");
    assertEquals(0xffff_ffffL, call.args()[4]);
    assertEquals(-4096, call.args()[5]);
    translate("openat(0x12345678ffffff9c, 0x1000, 0)");
    assertEquals(0xffff_ff9cL, call.args()[0]);
    translate("tkill(0xffffffff, 9)");
    assertEquals(-1, call.args()[0], "thr_kill takes a long");
  }

  @Test
  void theArgumentsOfTheLastCallAreGone() {
    translate("mmap(1, 2, 3, 4, 5, 6)");
    translate("getpid()");
    assertEquals(0, call.argCount());
    assertEquals("[0, 0, 0, 0, 0, 0, 0, 0]", Arrays.toString(call.args()));
  }

  @Test
  void resultsAreFreeBsds() {
    assertEquals(0x5, resultOf("fcntl(3, 3, 0)", 0x801));
    assertEquals(17, resultOf("fcntl(3, 1, 0)", 17));
    assertEquals(0, resultOf("gettid()", 4711));
    assertEquals(0, resultOf("getcwd(1, 2)", 12));
    assertEquals(-5, resultOf("getpriority(0, 0)", 25));
    assertEquals(30, resultOf("rt_sigtimedwait(1, 2, 3, 8)", 10));
    assertEquals(4711, resultOf("clone(0x11, 0, 0, 0, 0)", 4711));
    assertEquals(0, resultOf("clone(0x3d0f00, 0, 0, 0, 0)", 4711));
    assertEquals(4711, resultOf("bpf(0, 0, 0)", 4711));
  }

  @ParameterizedTest
  @ValueSource(ints = {337, 423, 471, 1000, 0xffff})
  void anUnknownNumberIsKept(int number) {
    long[] args = {1, 2, 3, 4, 5, 6};
    Translation.translate(number, args, thread(), call);
    assertEquals(Abi.LINUX64, call.abi());
    assertEquals(number, call.number());
    assertEquals(6, call.argCount());
    assertEquals("[1, 2, 3, 4, 5, 6, 0, 0]", Arrays.toString(call.args()));
    assertEquals("#" + number, LinuxSyscalls.name(number));
  }

  /** 0x4000_0000 would be recorded as 0, which is read(2). */
  @ParameterizedTest
  @ValueSource(ints = {-1, Integer.MIN_VALUE, 0x1_0000, 0x4000_0000, Integer.MAX_VALUE})
  void aNumberThatNoRecordCanHoldIsBeyondAnyTable(int number) {
    Translation.translate(number, new long[] {1, 2, 3, 4, 5, 6}, thread(), call);
    assertEquals(Abi.LINUX64, call.abi());
    assertEquals(-1, call.number());
    assertEquals(6, call.argCount());
  }

  @Test
  void anyArgumentsOfAnyCallAreTranslated() {
    long[] odd = {0, 1, -1, 255, 0x1000, Integer.MIN_VALUE, Integer.MAX_VALUE, Long.MIN_VALUE, ~0L};
    Random random = new Random(1);
    StoppedThread thread = thread();
    for (int number = -1; number <= TranslationTable.get().size(); number++) {
      for (int i = 0; i < 50; i++) {
        long[] args = random.ints(6, 0, odd.length).mapToLong(at -> odd[at]).toArray();
        Translation.translate(number, args, thread, call);
        assertTrue(call.argCount() <= 8);
        call.retval(odd[random.nextInt(odd.length)]);
      }
    }
  }

  @Test
  void nothingIsAllocatedInTheCommonPath() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    StoppedThread thread = thread();
    long[] args = {3, 0x1000, 0x80241, 0644, 0, 0};
    int[] numbers = {0, 1, 3, 5, 8, 9, 10, 13, 14, 16, 41, 56, 72, 202, 257, 262};
    long before = 0;
    for (int round = 0; round < 2; round++) {
      before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
      for (int i = 0; i < 1000; i++) {
        for (int number : numbers) {
          Translation.translate(number, args, thread, call);
        }
      }
    }
    long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    assertTrue(allocated < 16_000, allocated + " bytes for 16000 calls");
  }

  private long resultOf(String linux, long result) {
    translate(linux);
    return call.retval(result);
  }

  /** {@code name(1, 0x2, 03)}; what is not written is 0. */
  private void translate(String text) {
    Translation.translate(
        number(nameOf(text)), Arrays.copyOf(argumentsOf(text), 6), thread(), call);
  }

  private static String nameOf(String text) {
    return text.substring(0, text.indexOf('('));
  }

  private static long[] argumentsOf(String text) {
    String inside = text.substring(text.indexOf('(') + 1, text.indexOf(')'));
    return Arrays.stream(inside.split(","))
        .map(String::strip)
        .filter(word -> !word.isEmpty())
        .mapToLong(TranslationTest::value)
        .toArray();
  }

  private static long value(String word) {
    return word.startsWith("0x")
        ? Long.parseUnsignedLong(word.substring(2), 16)
        : Long.decode(word);
  }

  private static int number(String name) {
    for (int number = 0; number < TranslationTable.get().size(); number++) {
      if (LinuxSyscalls.name(number).equals(name)) {
        return number;
      }
    }
    throw new AssertionError(name);
  }

  private void put(long address, long... words) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * words.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long word : words) {
      bytes.putLong(word);
    }
    memory.put(address, bytes.array());
  }

  private StoppedThread thread() {
    StoppedThread thread = mock(StoppedThread.class);
    when(thread.pid()).thenReturn(PID);
    when(thread.tid()).thenReturn(PID);
    when(thread.read(anyLong(), any(), anyInt(), anyInt()))
        .thenAnswer(
            read ->
                copy(
                    read.getArgument(0),
                    read.getArgument(1),
                    read.getArgument(2),
                    read.getArgument(3)));
    return thread;
  }

  private int copy(long address, byte[] to, int offset, int length) {
    for (Map.Entry<Long, byte[]> entry : memory.entrySet()) {
      long from = address - entry.getKey();
      if (from >= 0 && from + length <= entry.getValue().length) {
        System.arraycopy(entry.getValue(), (int) from, to, offset, length);
        return length;
      }
    }
    return 0;
  }
}
