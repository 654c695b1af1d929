package org.capemu.tracer.freebsd;

import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.capemu.policy.Release;
import org.capemu.policy.SyscallTable;

/** The calls after which something that the tracer knows of a process may have changed. */
final class DescriptorCalls {
  /** Calls that leave the descriptor table, the directories and the rights as they are. */
  private static final List<String> NEUTRAL =
      List.of(
          "read",
          "write",
          "readv",
          "writev",
          "pread",
          "pwrite",
          "preadv",
          "pwritev",
          "lseek",
          "fstat",
          "fstatat",
          "fstatfs",
          "getdirentries",
          "poll",
          "ppoll",
          "select",
          "pselect",
          "kevent",
          "sendto",
          "sendmsg",
          "recvfrom",
          "getsockopt",
          "setsockopt",
          "mmap",
          "munmap",
          "mprotect",
          "madvise",
          "ioctl",
          "fsync",
          "fdatasync",
          "ftruncate",
          "getpid",
          "getuid",
          "geteuid",
          "getgid",
          "getegid",
          "issetugid",
          "gettimeofday",
          "clock_gettime",
          "nanosleep",
          "clock_nanosleep",
          "sigprocmask",
          "sigaction",
          "sigreturn",
          "_umtx_op",
          "__sysctl",
          "__sysctlbyname",
          "access",
          "faccessat",
          "readlink",
          "readlinkat",
          "__getcwd",
          "unlink",
          "unlinkat",
          "mkdir",
          "mkdirat",
          "getrandom",
          "thr_self",
          "sched_yield",
          "kill",
          "break",
          "cap_getmode",
          "__cap_rights_get");

  /** Calls by which descriptors come to hold fewer rights than all. */
  private static final List<String> LIMITING =
      List.of(
          "cap_rights_limit", "cap_ioctls_limit", "cap_fcntls_limit", "recvmsg", "compat.recvmsg");

  /** Calls with the address of a unix socket; the socket is argument 0, or 1 after a directory. */
  private static final List<String> BIND = List.of("bind", "bindat");

  private static final List<String> CONNECT = List.of("connect", "connectat");
  private static final List<String> SEND = List.of("sendto", "sendmsg");
  private static final List<String> WITH_DIRECTORY = List.of("bindat", "connectat");

  private final int size;
  private final BitSet neutral;
  private final BitSet limiting;
  private final BitSet binding;
  private final BitSet connecting;
  private final BitSet sending;
  private final BitSet withDirectory;
  final int capEnter;
  final int sigaction;
  final int rfork;
  final int execve;
  final int fcntl;

  DescriptorCalls(Release release) {
    SyscallTable table = SyscallTable.of(release);
    size = table.size();
    neutral = numbers(table, NEUTRAL);
    limiting = numbers(table, LIMITING);
    binding = numbers(table, BIND);
    connecting = numbers(table, CONNECT);
    sending = numbers(table, SEND);
    withDirectory = numbers(table, WITH_DIRECTORY);
    capEnter = table.named("cap_enter").number();
    sigaction = table.named("sigaction").number();
    rfork = table.named("rfork").number();
    execve = table.named("execve").number();
    fcntl = table.named("fcntl").number();
  }

  private static BitSet numbers(SyscallTable table, List<String> names) {
    BitSet numbers = new BitSet();
    for (String name : names) {
      numbers.set(table.named(name).number());
    }
    return numbers;
  }

  boolean isNeutral(int number) {
    return number >= 0 && neutral.get(number);
  }

  /** Those of some calls after which nothing has to be known but, in time, the descriptors. */
  BitSet withoutEffects(IntPredicate calls) {
    BitSet chosen = new BitSet();
    IntStream.range(0, size).filter(calls).forEach(chosen::set);
    chosen.andNot(limiting);
    for (int call : new int[] {capEnter, sigaction, rfork, execve, fcntl}) {
      chosen.clear(call);
    }
    return chosen;
  }

  /** Which argument is the socket whose call has an address; -1 if it has none. */
  int socketArgument(int number) {
    if (!binds(number) && !connects(number) && !(number >= 0 && sending.get(number))) {
      return -1;
    }
    return withDirectory.get(number) ? 1 : 0;
  }

  boolean binds(int number) {
    return number >= 0 && binding.get(number);
  }

  boolean connects(int number) {
    return number >= 0 && connecting.get(number);
  }

  boolean limits(int number) {
    return number >= 0 && limiting.get(number);
  }
}
