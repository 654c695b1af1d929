package org.capemu.policy;

/** What makes a call fail before its checks are reached: arguments that cannot be, and EFAULT. */
final class ArgumentRules {
  private ArgumentRules() {}

  /** A condition on the arguments. */
  @FunctionalInterface
  interface Condition {
    boolean holds(long[] args);
  }

  /** EINVAL and the like. */
  static Rule requires(String condition, Condition holds) {
    return Rule.aboutLimits(condition, (args, caller, findings) -> holds.holds(args));
  }

  /** EFAULT of a structure. */
  static Rule readable(int arg, int length) {
    return Rule.aboutLimits(
        "memory " + arg + " is there",
        (args, caller, findings) -> Memory.isReadable(caller, args[arg], length));
  }

  /** EFAULT of a structure that need not be passed. */
  static Rule readableIfAny(int arg, int length) {
    return readableIfAny(arg, arg, length);
  }

  /** EFAULT of a length that is read only if what it measures was passed. */
  static Rule readableIfAny(int ifArg, int arg, int length) {
    return Rule.aboutLimits(
        "memory " + arg + " is there, if any",
        (args, caller, findings) ->
            args[ifArg] == 0 || Memory.isReadable(caller, args[arg], length));
  }

  /** copyinuio, copyiniov. */
  static Rule readableVector(int arg, int countArg, Memory memory) {
    int most = 1024; // UIO_MAXIOV
    return Rule.aboutLimits(
        "memory " + arg + " is there",
        (args, caller, findings) -> {
          int count = (int) args[countArg];
          return count >= 0
              && count <= most
              && Memory.isReadable(caller, args[arg], count * 2 * memory.pointerSize());
        });
  }

  /** EFAULT of a text that is no path: it needs at least its first byte. */
  static Rule readableText(int arg) {
    return Rule.of(
        "text " + arg + " is there",
        (args, caller, findings) -> Memory.isReadable(caller, args[arg], 1));
  }
}
