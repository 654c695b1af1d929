package org.capemu.emulator.run;

import org.capemu.emulator.dump.KernelNames;
import org.capemu.policy.Violation;

/** Violations in a few words each, for the summary. */
final class Kinds {
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 28;

  private Kinds() {}

  static String kind(Violation violation) {
    if (violation instanceof Violation.NotCapable) {
      return "descriptor rights missing";
    } else if (violation instanceof Violation.Increase) {
      return "attempt to increase rights";
    } else if (violation instanceof Violation.Syscall) {
      return "system call not allowed";
    } else if (violation instanceof Violation.Signal) {
      return "signal delivery not allowed";
    } else if (violation instanceof Violation.Proto) {
      return "protocol not allowed";
    } else if (violation instanceof Violation.Sockaddr) {
      return "restricted address lookup";
    } else if (violation instanceof Violation.Namei) {
      return "restricted VFS lookup";
    } else if (violation instanceof Violation.Cpuset) {
      return "restricted cpuset operation";
    }
    return "refused without a record (strict)";
  }

  /**
   * What tells two violations of one call apart, as far as a program's places do; may be empty.
   *
   * @param call the call's name
   */
  static String detail(String call, Violation violation) {
    if (violation instanceof Violation.Syscall syscall) {
      return syscall.detail() == Violation.Syscall.NO_DETAIL
          ? ""
          : KernelNames.command(call, (int) syscall.detail());
    } else if (violation instanceof Violation.Signal signal) {
      return KernelNames.signal(signal.signo());
    } else if (violation instanceof Violation.Proto proto) {
      return KernelNames.protocol(proto.protocol());
    } else if (violation instanceof Violation.Sockaddr sockaddr) {
      return switch (sockaddr.sockaddr()[1]) {
        case AF_UNIX -> "unix address";
        case AF_INET -> "IPv4 address";
        case AF_INET6 -> "IPv6 address";
        default -> "address family " + sockaddr.sockaddr()[1];
      };
    } else if (violation instanceof Violation.Namei namei) {
      return namei.path().equals("AT_FDCWD") ? "AT_FDCWD" : "out of the directory";
    } else if (violation instanceof Violation.Untraced untraced) {
      return untraced.reason();
    }
    return "";
  }
}
