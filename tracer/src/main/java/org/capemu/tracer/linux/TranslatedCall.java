package org.capemu.tracer.linux;

import java.util.Arrays;
import org.capemu.policy.Abi;
import org.capemu.tracer.StoppedThread;

/**
 * A system call after {@link Translation}: FreeBSD's, or the Linux call itself where it has no
 * counterpart. Made once for a thread and filled again for each of its calls.
 */
final class TranslatedCall {
  private static final int LINUX_ARGUMENTS = 6;

  /** {@code ktr_code} is a short: of a greater number a record would show another call's. */
  private static final int CODE_MASK = 0xffff;

  private static final int BEYOND_ANY_TABLE = -1;

  private final long[] args = new long[8];
  private final long[] result = new long[1];
  private Abi abi = Abi.LINUX64;
  private int number;
  private int argCount;
  private Source returns = Source.RESULT;

  /** {@link Abi#FREEBSD64}, or one of Linux's for a call without counterpart. */
  Abi abi() {
    return abi;
  }

  /** The number in the table of {@link #abi()}. */
  int number() {
    return number;
  }

  /** How many of {@link #args()} the call takes. */
  int argCount() {
    return argCount;
  }

  /**
   * Eight arguments, unused ones 0. A C int is in the lower 32 bits with zeros above, as compilers
   * leave it in its register; read it as {@code (int)}. The array is this object's own: the next
   * translation overwrites it.
   */
  long[] args() {
    return args;
  }

  /** What FreeBSD's call would have returned where the Linux call returned this; no errors here. */
  long retval(long linuxRetval) {
    result[0] = linuxRetval;
    return returns.value(result, null);
  }

  void fill(FreeBsdCall call, long[] linuxArgs, StoppedThread thread) {
    abi = Abi.FREEBSD64;
    number = call.number();
    argCount = call.argCount();
    returns = call.returns();
    for (int i = 0; i < argCount; i++) {
      args[i] = call.argument(i, linuxArgs, thread);
    }
    Arrays.fill(args, argCount, args.length, 0);
  }

  /** The call stays what it is, in the table of a Linux ABI. */
  void fillLinux(Abi linuxAbi, int linuxNumber, int count, long[] linuxArgs) {
    abi = linuxAbi;
    number = (linuxNumber & CODE_MASK) == linuxNumber ? linuxNumber : BEYOND_ANY_TABLE;
    argCount = count;
    returns = Source.RESULT;
    System.arraycopy(linuxArgs, 0, args, 0, Math.min(count, LINUX_ARGUMENTS));
    Arrays.fill(args, count, args.length, 0);
  }
}
