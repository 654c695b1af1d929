package org.capemu.tracer.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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

  /** In place of the argument that points to messages: the call is made once. */
  static final int ONCE = -1;

  /** {@code struct mmsghdr}: a {@code struct msghdr}, and how much of the message was done. */
  private static final int MMSGHDR_SIZE = 64;

  private static final int MSG_LEN = 56;

  private final long[] args = new long[8];
  private final long[] result = new long[1];
  private Abi abi = Abi.LINUX64;
  private int number;
  private int argCount;
  private Source returns = Source.RESULT;
  private Source fails = Source.RESULT;
  private int each = ONCE;
  private int count = 1;

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

  /** What FreeBSD's call would have failed with where the Linux call failed with this, above 0. */
  int errno(int linuxErrno) {
    result[0] = LinuxErrno.toFreeBsd(linuxErrno);
    return (int) fails.value(result, null);
  }

  /** Whether this is the first of several calls, one for each message of an array. */
  boolean isForEachMessage() {
    return each != ONCE;
  }

  /** How many FreeBSD calls it is if all succeed, unsigned: 0 where there is no message. */
  int count() {
    return count;
  }

  /** Becomes the call for the next message. */
  void nextMessage() {
    args[each] += MMSGHDR_SIZE;
  }

  /** What the call for this message returned, as Linux has noted beside it when its own returns. */
  long messageLength(StoppedThread thread) {
    byte[] length = new byte[Integer.BYTES];
    thread.read(args[each] + MSG_LEN, length, 0, length.length);
    return ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getInt() & 0xffff_ffffL;
  }

  void fill(FreeBsdCall call, long[] linuxArgs, StoppedThread thread) {
    abi = Abi.FREEBSD64;
    number = call.number();
    argCount = call.argCount();
    returns = call.returns();
    fails = call.fails();
    each = call.each();
    count = (int) call.count(linuxArgs, thread);
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
    fails = Source.RESULT;
    each = ONCE;
    this.count = 1;
    System.arraycopy(linuxArgs, 0, args, 0, Math.min(count, LINUX_ARGUMENTS));
    Arrays.fill(args, count, args.length, 0);
  }
}
