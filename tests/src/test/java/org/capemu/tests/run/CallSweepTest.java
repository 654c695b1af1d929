package org.capemu.tests.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.capemu.policy.Abi;
import org.capemu.policy.Release;
import org.capemu.policy.SyscallTable;
import org.capemu.tracer.ktrace.KtraceReader;
import org.capemu.tracer.ktrace.KtraceRecord;
import org.capemu.tracer.ktrace.RecordType;
import org.capemu.tracer.linux.LinuxSyscalls;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Every call of Linux, and numbers that are none, with arguments that are no good. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class CallSweepTest {
  /** What would end, stop or change the program itself, or the machine. */
  private static final Set<String> LEFT_OUT =
      Set.of(
          """
          exit exit_group execve execveat fork vfork clone clone3 rt_sigreturn restart_syscall
          kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal ptrace seccomp
          pause select pselect6 poll ppoll wait4 waitid nanosleep clock_nanosleep epoll_wait
          rt_sigsuspend rt_sigtimedwait futex futex_wait futex_waitv io_getevents msgrcv semop
          semtimedop read readv pread64 preadv preadv2 write userfaultfd alarm setitimer setrlimit
          prlimit64 prctl arch_prctl personality set_thread_area modify_ldt iopl ioperm
          munmap mremap mprotect pkey_mprotect mmap brk remap_file_pages mseal map_shadow_stack
          shmat mlockall rt_sigaction rt_sigprocmask sigaltstack set_robust_list rseq uselib
          uretprobe uprobe close close_range dup dup2 dup3 fcntl vmsplice fallocate
          landlock_restrict_self unshare setns setsid setuid setgid setreuid setregid setresuid
          setresgid setgroups setfsuid setfsgid capset sched_setaffinity sched_setscheduler
          sched_setattr setpriority msgget semget shmget msgctl semctl shmctl
          reboot mount umount2 pivot_root chroot swapon swapoff sethostname setdomainname
          settimeofday clock_settime adjtimex clock_adjtime acct init_module finit_module
          delete_module kexec_load kexec_file_load vhangup syslog quotactl sync syncfs
          """
              .strip()
              .split("\\s+"));

  /** What is no call of FreeBSD's where it is for none of a number of messages. */
  private static final Set<String> FOR_EACH = Set.of("sendmmsg", "recvmmsg");

  /** Unknown ones, x32's, and such as look like others in the 16 bits of a record. */
  private static final int[] BEYOND = {
    501,
    511,
    512,
    547,
    1000,
    4096,
    0xffff,
    0x1_0000,
    0x1_0027,
    0x4000_0000,
    0x4000_0001,
    0x7fff_ffff,
    Integer.MIN_VALUE,
    -1
  };

  private static final long[] ARGUMENTS = {0, -1, 0x7fff_1234_5678L, 0xdead_beef_dead_beefL};

  private static final int SYS_EXECVE = 59;
  private static final int GETPID = 20;

  @TempDir Path directory;

  @Test
  void eachCallIsRecordedOnceAndIsOneThatThereIs() throws IOException, InterruptedException {
    TinyProgram program = new TinyProgram();
    List<Integer> made = new ArrayList<>();
    for (long argument : ARGUMENTS) {
      IntStream.concat(IntStream.rangeClosed(0, 500), IntStream.of(BEYOND))
          .filter(number -> !LEFT_OUT.contains(LinuxSyscalls.name(number)))
          .filter(number -> argument != 0 || !FOR_EACH.contains(LinuxSyscalls.name(number)))
          .forEach(
              number -> {
                made.add(number);
                program.call(number, argument, argument, argument, argument, argument, argument);
              });
    }
    program.write(directory.resolve("program"), 9);
    assertEquals(new Launched(9, "", ""), Launched.command(directory, List.of("./program")));
    Launched run = Launched.capemu(directory, "run", "-t", "cnps", "./program");
    assertEquals(9, run.status(), run.err());
    assertEquals("", run.out());
    assertEquals(made.size(), checkedCalls(made));
    Launched verify = Launched.capemu(directory, "verify", "ktrace.out");
    assertEquals(0, verify.status(), verify.out());
    Launched.capemu(directory, "replay", "ktrace.out", "-o", "replayed");
    assertEquals(
        new Launched(0, "", ""), Launched.capemu(directory, "diff", "ktrace.out", "replayed"));
  }

  /** Returns how many calls the program made between its execve(2) and its _exit(2). */
  private int checkedCalls(List<Integer> made) throws IOException {
    SyscallTable freeBsd = SyscallTable.of(Release.FREEBSD_15);
    int calls = 0;
    int returns = 0;
    int svFlags = 0;
    try (KtraceReader reader = KtraceReader.open(directory.resolve("ktrace.out"))) {
      while (reader.next()) {
        KtraceRecord record = reader.record();
        boolean ofProgram = record.comm().equals("program");
        if (record.type() == RecordType.PROCCTOR) {
          svFlags = record.getInt(0);
        } else if (record.type() == RecordType.SYSCALL && ofProgram && calls < made.size()) {
          int linux = made.get(calls++);
          int code = record.getShort(0);
          if (svFlags == Abi.FREEBSD64.svFlags()) {
            SyscallTable.Syscall call = freeBsd.info(code);
            assertTrue(call != null && call.isImplemented(), linux + " became " + code);
          } else {
            assertEquals(Abi.LINUX64.svFlags(), svFlags);
            assertEquals((linux & 0xffff) == linux ? (short) linux : -1, code);
          }
        } else if (record.type() == RecordType.SYSRET && record.getShort(0) != SYS_EXECVE) {
          assertEquals(calls, ++returns);
        }
      }
    }
    return returns;
  }

  /** Where this kernel still has the interface. */
  @Test
  void callsOfThe32BitInterfaceAreOfTheirOwnTable() throws IOException, InterruptedException {
    new TinyProgram().call32(GETPID).write(directory.resolve("program"), 9);
    assumeTrue(
        Launched.command(directory, List.of("./program")).status() == 9,
        "this kernel has no 32-bit calls");
    assertEquals(9, Launched.capemu(directory, "run", "-t", "cp", "./program").status());
    List<String> dump = Launched.dump(directory.resolve("ktrace.out"));
    assertTrue(
        dump.stream()
            .anyMatch(line -> line.endsWith("CAP   system call not allowed: linux_getpid")),
        String.join("\n", dump));
  }
}
