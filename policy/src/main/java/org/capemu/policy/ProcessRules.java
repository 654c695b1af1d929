package org.capemu.policy;

import static org.capemu.policy.abi.Fcntl.AT_FDCWD;

import java.util.Arrays;
import org.capemu.policy.abi.LittleEndian;

/** Rules about other processes and the machine: signals, cpusets, sysarch, programs. */
final class ProcessRules {
  private static final int CPU_LEVEL_WHICH = 3;
  private static final int CPU_WHICH_TID = 1;
  private static final int CPU_WHICH_PID = 2;
  private static final int CPU_WHICH_TIDPID = 9;

  /** {@code sizeof(cpuset_t)}. */
  private static final int CPUSET_SIZE = 128;

  /** {@code sizeof(domainset_t)} of the kernel, and of a program: DOMAINSET_MAXSIZE. */
  private static final int DOMAINSET_SIZE = 8;

  private static final int MOST_DOMAINSET_SIZE = 32;

  private static final int MOST_ZEROS = 1 << 20;

  private ProcessRules() {}

  /** kern_kill: before the signal is looked at. */
  static Rule signal(int pidArg, int signalArg) {
    return Rule.of(
        "signal " + signalArg + " goes to the caller itself, pid " + pidArg,
        (call, caller, findings) -> {
          if (call.intAt(pidArg) == caller.pid()) {
            return true;
          }
          findings.violation(new Violation.Signal(call.intAt(signalArg)));
          return !caller.inCapabilityMode();
        });
  }

  /**
   * cpuset_check_capabilities. The set of setaffinity is read before it; the length of the domain
   * set is checked before it by getdomain and after it by setdomain.
   */
  static Rule cpuset(Memory memory, boolean readsSet, boolean checksLength) {
    int length = memory.is64Bit() ? 3 : 4; // after the two halves of the id
    return Rule.of(
        "level 0, which 1, id 2 are the caller itself",
        (call, caller, findings) -> {
          if (checksLength
              && (call.longAt(length) < DOMAINSET_SIZE
                  || call.longAt(length) > MOST_DOMAINSET_SIZE)) {
            return false;
          }
          if (readsSet && !isSet(caller, call.address(length + 1), call.longAt(length))) {
            return false;
          }
          if (isCallerItself(call.intAt(0), call.intAt(1), call.wideAt(2), caller)) {
            return true;
          }
          findings.violation(new Violation.Cpuset());
          return !caller.inCapabilityMode();
        });
  }

  /** user_cpuset_setaffinity: EFAULT, and EINVAL for a set of more processors than there can be. */
  private static boolean isSet(Caller caller, long address, long size) {
    if (!Memory.isReadable(caller, address, (int) Math.max(0, Math.min(size, CPUSET_SIZE)))) {
      return false;
    }
    if (size >= 0 && size <= CPUSET_SIZE) {
      return true;
    }
    if (size < 0 || size > MOST_ZEROS) {
      return false; // there is something else, or nothing, in so much memory
    }
    int rest = (int) size - CPUSET_SIZE;
    byte[] zeros = Memory.copyInIfKnown(caller, address + CPUSET_SIZE, rest);
    return zeros == Memory.UNKNOWN || (zeros != null && Arrays.equals(zeros, new byte[rest]));
  }

  /** cpuset_capmode_allowed: the caller's own pid is refused with CPU_WHICH_TIDPID. */
  private static boolean isCallerItself(int level, int which, long id, Caller caller) {
    if (level != CPU_LEVEL_WHICH) {
      return false;
    }
    return switch (which) {
      case CPU_WHICH_TID -> id == -1 || id == caller.tid();
      case CPU_WHICH_PID -> id == -1 || id == caller.pid();
      case CPU_WHICH_TIDPID -> id == -1;
      default -> false;
    };
  }

  /**
   * kern_shm_open2: only anonymous memory. The name is no lookup, but is recorded like one.
   *
   * @param shmFlagsArg or -1 where the call has none
   */
  static Rule sharedMemoryName(int shmFlagsArg) {
    long anonymous = 1;
    int openFlags = 0x0810_0e02; // RDWR, CREAT, TRUNC, EXCL, CLOEXEC, CLOFORK; no WRONLY
    int shmFlags = 0x7; // ALLOW_SEALING, GROW_ON_WRITE, LARGEPAGE
    return Rule.of(
        "name 0 is SHM_ANON",
        (call, caller, findings) -> {
          if (call.address(0) == anonymous) {
            return true;
          }
          if ((call.intAt(1) & ~openFlags) != 0
              || (shmFlagsArg >= 0 && (call.intAt(shmFlagsArg) & ~shmFlags) != 0)) {
            return false;
          }
          String name = caller.path(call.address(0));
          if (name == null) {
            return false;
          }
          findings.namei(name);
          if (!name.startsWith("/")) {
            return false;
          }
          findings.violation(new Violation.Namei(name, Violation.ECAPMODE));
          return !caller.inCapabilityMode();
        });
  }

  /** sysarch of amd64. */
  static Rule machineOperation() {
    return Rule.of(
        "operation 0 is safe",
        (call, caller, findings) -> {
          int operation = call.intAt(0);
          if (isSafe(operation)) {
            return true;
          }
          findings.violation(new Violation.Syscall(operation));
          return !caller.inCapabilityMode();
        });
  }

  /** All that there is but I386_SET_IOPERM (4). */
  private static boolean isSafe(int operation) {
    boolean i386 = operation >= 0 && operation <= 13;
    boolean amd64 = operation >= 128 && operation <= 137;
    return (i386 && operation != 2 && (operation < 4 || operation > 6)) || amd64;
  }

  /** exec_copyin_args and kern_execve: EFAULT, and EINVAL without any argument. */
  static Rule hasArguments(Memory memory) {
    return Rule.aboutLimits(
        "arguments 1 are at least one",
        (call, caller, findings) -> {
          byte[] first = Memory.copyInIfKnown(caller, call.address(1), memory.pointerSize());
          return first != null && (first == Memory.UNKNOWN || memory.getPointer(first, 0) != 0);
        });
  }

  /** do_execve: a script names its interpreter, an ELF image its own. */
  static Rule interpretersOfDescriptor(boolean strict) {
    return Rule.of(
        "program of descriptor 0 needs no interpreter",
        (call, caller, findings) -> {
          for (FileTree.Interpreter interpreter : caller.files().interpreters(call.intAt(0))) {
            String path = interpreter.path();
            if (interpreter.ofScript()) {
              findings.violation(new Violation.Namei(path, Violation.ECAPMODE));
            }
            if (caller.inCapabilityMode()) {
              return false;
            }
            new Namei(path, Namei.FOLLOW, true, strict, caller, findings)
                .lookup(AT_FDCWD, CapRights.NONE, false);
          }
          return true;
        });
  }

  /** kern_fhlinkat: EFAULT, and ESTALE for a handle of no file system. */
  static Rule fileHandle(int arg) {
    int handleSize = 28; // struct fhandle: fsid_t, then struct fid
    return Rule.aboutLimits(
        "file handle " + arg + " is of a file system",
        (call, caller, findings) -> {
          byte[] handle = Memory.copyInIfKnown(caller, call.address(arg), handleSize);
          return handle != null
              && (handle == Memory.UNKNOWN || LittleEndian.getLong(handle, 0) != 0);
        });
  }

  /** __getcwd: the path that it returns is recorded. */
  static Rule workingDirectory() {
    return Rule.of(
        "the working directory is recorded",
        (call, caller, findings) -> {
          String path = caller.files().startingDirectory(AT_FDCWD);
          if (path != null && call.longAt(1) > path.length()) {
            findings.namei(path);
          }
          return true;
        });
  }

  /** shm_copyin_path, for calls that are not enabled: the names are recorded. */
  static Rule sharedMemoryNames(int... nameArgs) {
    return Rule.of(
        "names " + Arrays.toString(nameArgs) + " are recorded",
        (call, caller, findings) -> {
          for (int arg : nameArgs) {
            String name = caller.path(call.address(arg));
            if (name == null) {
              return false;
            }
            findings.namei(name);
            if (!name.startsWith("/")) {
              return false;
            }
          }
          return true;
        });
  }
}
