package org.capemu.emulator.run;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.StringJoiner;
import org.capemu.emulator.dump.KernelNames;
import org.capemu.emulator.dump.SocketAddress;
import org.capemu.policy.Abi;
import org.capemu.policy.Caller;
import org.capemu.policy.SyscallTable;
import org.capemu.policy.Undecided;
import org.capemu.policy.Violation;
import org.capemu.tracer.TraceEvent;

/**
 * What a call names, for a person: from its arguments, the process's memory and the violation. A
 * path that it looks up comes from its findings.
 */
final class CallSubjects {
  private static final int CTL_MAXNAME = 24;
  private static final int MAXPATHLEN = 1024;
  private static final int CPU_WHICH_TID = 1;
  private static final int CPU_WHICH_PID = 2;
  private static final int CPU_WHICH_CPUSET = 3;

  private final SyscallTable calls;

  /**
   * @param calls whose numbers the calls of FreeBSD's ABIs have
   */
  CallSubjects(SyscallTable calls) {
    this.calls = calls;
  }

  /**
   * What a call names by its arguments; {@link Subject#NONE} for nothing, what is not known, and
   * calls of Linux's own. The thread stands at the call's entry.
   */
  Subject of(TraceEvent.SyscallEntered call, Caller caller) {
    if (call.abi().isLinux()) {
      return Subject.NONE;
    }
    try {
      return of(calls.name(call.number()), call, caller);
    } catch (Undecided unknown) {
      return Subject.NONE;
    }
  }

  private Subject of(String name, TraceEvent.SyscallEntered call, Caller caller) {
    long[] args = call.args();
    return switch (name) {
      case "connect", "bind" -> address(caller, args[1], (int) args[2]);
      case "connectat", "bindat" -> address(caller, args[2], (int) args[3]);
      case "sendto" -> address(caller, args[4], (int) args[5]);
      case "sendmsg" -> addressOfMessage(call.abi(), args[1], caller);
      case "kill", "sigqueue" -> Subject.words("to " + target((int) args[0]));
      case "thr_kill2" -> Subject.words("to " + target((int) args[0]));
      case "ioctl" -> onDescriptor(KernelNames.ioctl(args[1]), args[0]);
      case "fcntl" -> onDescriptor(KernelNames.command(name, (int) args[1]), args[0]);
      case "sysarch" -> Subject.words(KernelNames.command(name, (int) args[0]));
      case "ptrace" ->
          Subject.words(KernelNames.ptraceRequest((int) args[0]) + " of " + (int) args[1]);
      case "cpuset_setaffinity",
          "cpuset_getaffinity",
          "cpuset_setdomain",
          "cpuset_getdomain",
          "cpuset_getid" ->
          Subject.words(affinity((int) args[1], args[2]));
      case "__sysctl" -> sysctl(args[0], (int) args[1], caller);
      case "__sysctlbyname" -> sysctlByName(args[0], args[1], caller);
      default -> descriptor(call);
    };
  }

  /**
   * What one violation of a call is about.
   *
   * @param ofCall what the call names by its arguments
   * @param path that it looks up there; null if none
   */
  static Subject of(Violation violation, Subject ofCall, String path) {
    if (violation instanceof Violation.Signal signal) {
      String to = ofCall.text().isEmpty() ? "" : " " + ofCall.text();
      return Subject.words(KernelNames.signal(signal.signo()) + to);
    } else if (violation instanceof Violation.Proto proto) {
      return Subject.words(KernelNames.protocol(proto.protocol()));
    } else if (violation instanceof Violation.Sockaddr sockaddr) {
      return ofCall == Subject.NONE ? of(SocketAddress.of(sockaddr.sockaddr())) : ofCall;
    } else if (path != null) {
      return Subject.path(path);
    } else if (violation instanceof Violation.Namei namei
        && ofCall == Subject.NONE
        && !namei.path().equals(Violation.Namei.AT_FDCWD)) {
      return Subject.path(namei.path());
    }
    return ofCall;
  }

  private static Subject of(SocketAddress address) {
    return address.isPath()
        ? Subject.path(address.toString())
        : Subject.address(address.toString());
  }

  private static Subject address(Caller caller, long at, int length) {
    byte[] address = at == 0 ? null : caller.sockaddr(at, length);
    return address == null ? Subject.NONE : of(SocketAddress.of(address));
  }

  /** msg_name and msg_namelen of a {@code struct msghdr}. */
  private static Subject addressOfMessage(Abi abi, long at, Caller caller) {
    int pointerSize = abi == Abi.FREEBSD32 ? Integer.BYTES : Long.BYTES;
    ByteBuffer header = read(caller, at, pointerSize + Integer.BYTES);
    if (header == null) {
      return Subject.NONE;
    }
    long name =
        pointerSize == Long.BYTES ? header.getLong() : Integer.toUnsignedLong(header.getInt());
    return address(caller, name, header.getInt());
  }

  /** kill(2): a process, or those of a group. */
  private static String target(int pid) {
    return switch (pid) {
      case 0 -> "its process group";
      case -1 -> "all processes";
      default -> pid > 0 ? String.valueOf(pid) : "process group " + -(long) pid;
    };
  }

  private static String affinity(int which, long id) {
    return switch (which) {
      case CPU_WHICH_TID -> "of thread " + id;
      case CPU_WHICH_PID -> "of process " + id;
      case CPU_WHICH_CPUSET -> "of set " + id;
      default -> "of " + id;
    };
  }

  private static Subject onDescriptor(String what, long fd) {
    return Subject.words(what + " on fd " + (int) fd);
  }

  /** MIB numbers, as names are the kernel's to tell. */
  private static Subject sysctl(long mib, int length, Caller caller) {
    if (length < 1 || length > CTL_MAXNAME) {
      return Subject.NONE;
    }
    ByteBuffer numbers = read(caller, mib, length * Integer.BYTES);
    if (numbers == null) {
      return Subject.NONE;
    }
    StringJoiner node = new StringJoiner(".");
    while (numbers.hasRemaining()) {
      node.add(Integer.toUnsignedString(numbers.getInt()));
    }
    return Subject.words(node.toString());
  }

  private static Subject sysctlByName(long at, long length, Caller caller) {
    if (length <= 0 || length > MAXPATHLEN) {
      return Subject.NONE;
    }
    ByteBuffer name = read(caller, at, (int) length);
    return name == null
        ? Subject.NONE
        : Subject.words(new String(name.array(), StandardCharsets.ISO_8859_1));
  }

  private static ByteBuffer read(Caller caller, long at, int length) {
    byte[] bytes = new byte[length];
    return caller.read(at, bytes, length)
        ? ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)
        : null;
  }

  /** The descriptor that a call is about, where it is its first argument. */
  private Subject descriptor(TraceEvent.SyscallEntered call) {
    SyscallTable.Syscall info = calls.info(call.number());
    List<SyscallTable.Argument> arguments = info == null ? List.of() : info.arguments();
    if (arguments.isEmpty() || !arguments.get(0).type().equals("int")) {
      return Subject.NONE;
    }
    return switch (arguments.get(0).name()) {
      case "fd", "s", "fdes" -> Subject.words("fd " + (int) call.args()[0]);
      default -> Subject.NONE;
    };
  }
}
