package org.capemu.tracer.linux;

import java.util.List;
import java.util.Set;
import org.capemu.policy.SyscallTable;
import org.capemu.tracer.StoppedThread;

/** One FreeBSD call and where its arguments come from: one choice of system-calls.txt. */
final class FreeBsdCall {
  /** The types of arguments that are 32 bits wide or less; all others have 64. */
  private static final Set<String> NARROW =
      Set.of(
          "int",
          "u_int",
          "unsigned",
          "unsigned int",
          "uint32_t",
          "mode_t",
          "uid_t",
          "gid_t",
          "pid_t",
          "lwpid_t",
          "idtype_t",
          "clockid_t",
          "__socklen_t",
          "cpulevel_t",
          "cpuwhich_t",
          "cpusetid_t");

  private static final long INT = 0xffff_ffffL;

  private final int number;
  private final long[] masks;
  private final Source[] arguments;
  private final Condition condition;
  private final Source returns;
  private final Source fails;
  private final int each;
  private final Source count;

  /**
   * @param each which argument points to an array of messages, each of which is a call of its own;
   *     {@link TranslatedCall#ONCE} for a call that is made once
   * @param count how many there are of them
   * @param returns what the call returns, from what Linux's did
   * @param fails what it fails with, from FreeBSD's number of Linux's error
   * @throws IllegalArgumentException if the call does not take as many arguments
   */
  FreeBsdCall(
      SyscallTable.Syscall call,
      List<Source> arguments,
      Condition condition,
      int each,
      Source count,
      Source returns,
      Source fails) {
    number = call.number();
    masks =
        call.arguments().stream()
            .mapToLong(argument -> NARROW.contains(argument.type()) ? INT : -1)
            .toArray();
    if (arguments.size() != masks.length) {
      throw new IllegalArgumentException(call.name() + " with " + arguments.size() + " arguments");
    }
    this.arguments = arguments.toArray(new Source[0]);
    this.condition = condition;
    this.each = each;
    this.count = count;
    this.returns = returns;
    this.fails = fails;
  }

  int number() {
    return number;
  }

  int argCount() {
    return arguments.length;
  }

  Source returns() {
    return returns;
  }

  int each() {
    return each;
  }

  long count(long[] linuxArgs, StoppedThread thread) {
    return each == TranslatedCall.ONCE ? 1 : count.value(linuxArgs, thread);
  }

  Source fails() {
    return fails;
  }

  boolean appliesTo(long[] linuxArgs, StoppedThread thread) {
    if (!condition.holds(linuxArgs, thread)) {
      return false;
    }
    for (Source argument : arguments) {
      if (!argument.hasCounterpart(linuxArgs, thread)) {
        return false;
      }
    }
    return true;
  }

  long argument(int index, long[] linuxArgs, StoppedThread thread) {
    return arguments[index].value(linuxArgs, thread) & masks[index];
  }
}
