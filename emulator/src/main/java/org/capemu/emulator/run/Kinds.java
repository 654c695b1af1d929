package org.capemu.emulator.run;

import org.capemu.policy.Violation;

/** Violations in a few words each, for the summary. */
final class Kinds {
  private Kinds() {}

  /** One of few. */
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

  /** What tells violations of one kind apart beside what the call names; may be empty. */
  static String detail(Violation violation) {
    if (violation instanceof Violation.NotCapable v) {
      return "needs " + v.needed() + ", holds " + v.held();
    } else if (violation instanceof Violation.Increase v) {
      return "to " + v.needed() + ", holds " + v.held();
    } else if (violation instanceof Violation.Untraced v) {
      return v.reason();
    }
    return "";
  }
}
