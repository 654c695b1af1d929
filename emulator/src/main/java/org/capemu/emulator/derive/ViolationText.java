package org.capemu.emulator.derive;

import java.util.HexFormat;
import java.util.StringJoiner;
import org.capemu.policy.SyscallTable;
import org.capemu.policy.Violation;
import org.capemu.tracer.ktrace.CapFail;

/** Violations and calls in words, for differences. */
public final class ViolationText {
  private ViolationText() {}

  /** What a record of the kernel says. */
  public static String of(CapFail capFail) {
    return capFail.violation() == null
        ? "a violation of unknown kind " + capFail.kind()
        : of(capFail.violation());
  }

  /** {@code NOTCAPABLE, needs CAP_WRITE, holds CAP_READ}. */
  public static String of(Violation violation) {
    if (violation instanceof Violation.NotCapable v) {
      return "NOTCAPABLE, needs " + v.needed() + ", holds " + v.held();
    } else if (violation instanceof Violation.Increase v) {
      return "INCREASE, to " + v.needed() + ", holds " + v.held();
    } else if (violation instanceof Violation.Syscall v) {
      return v.detail() == Violation.Syscall.NO_DETAIL
          ? "SYSCALL"
          : "SYSCALL, command " + v.detail();
    } else if (violation instanceof Violation.Signal v) {
      return "SIGNAL " + v.signo();
    } else if (violation instanceof Violation.Proto v) {
      return "PROTO " + v.protocol();
    } else if (violation instanceof Violation.Sockaddr v) {
      return "SOCKADDR " + HexFormat.of().formatHex(v.sockaddr());
    } else if (violation instanceof Violation.Namei v) {
      return "NAMEI \"" + v.path() + "\"";
    } else if (violation instanceof Violation.Cpuset) {
      return "CPUSET";
    }
    return ((Violation.Untraced) violation).reason();
  }

  /** {@code openat(0x3,0x7fff,0)}: as kdump(1) prints a call with {@code -n}. */
  public static String call(RecordedCall call, SyscallTable calls) {
    String name = call.abi().isLinux() ? "linux[" + call.number() + "]" : calls.name(call.number());
    StringJoiner args = new StringJoiner(",", name + "(", ")");
    for (int i = 0; i < call.argCount; i++) {
      args.add(call.args()[i] == 0 ? "0" : "0x" + Long.toHexString(call.args()[i]));
    }
    return args.toString();
  }
}
