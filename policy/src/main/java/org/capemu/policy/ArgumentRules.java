package org.capemu.policy;

/** What makes a call fail before its checks are reached: arguments that cannot be, and EFAULT. */
final class ArgumentRules {
  private static final int UIO_MAXIOV = 1024;
  private static final int MAC_MAX_LABEL_BUF_LEN = 8192;

  private ArgumentRules() {}

  /** A condition on the arguments. */
  @FunctionalInterface
  interface Condition {
    boolean holds(SystemCall call);
  }

  /** EINVAL and the like. */
  static Rule requires(String condition, Condition holds) {
    return Rule.aboutLimits(condition, (call, caller, findings) -> holds.holds(call));
  }

  /** EFAULT of a structure. */
  static Rule readable(int arg, int length) {
    return Rule.aboutLimits(
        "memory " + arg + " is there",
        (call, caller, findings) -> Memory.isReadable(caller, call.address(arg), length));
  }

  /** EFAULT of a structure that need not be passed. */
  static Rule readableIfAny(int arg, int length) {
    return readableIfAny(arg, arg, length);
  }

  /** EFAULT of a length that is read only if what it measures was passed. */
  static Rule readableIfAny(int ifArg, int arg, int length) {
    return Rule.aboutLimits(
        "memory " + arg + " is there, if any",
        (call, caller, findings) ->
            call.isNull(ifArg) || Memory.isReadable(caller, call.address(arg), length));
  }

  /** copyinuio. */
  static Rule readableVector(int arg, int countArg, Memory memory) {
    return Rule.aboutLimits(
        "vector " + arg + " is there and not too long",
        (call, caller, findings) ->
            isVector(caller, call.address(arg), call.intAt(countArg), memory));
  }

  /** copyinuio: EINVAL for too many, or if they hold more than IOSIZE_MAX together. */
  static boolean isVector(Caller caller, long address, int count, Memory memory) {
    if (count < 0 || count > UIO_MAXIOV) {
      return false;
    }
    int size = 2 * memory.pointerSize();
    byte[] vector = Memory.copyInIfKnown(caller, address, count * size);
    if (vector == null || vector == Memory.UNKNOWN) {
      return vector != null;
    }
    long total = 0;
    for (int at = memory.pointerSize(); at < vector.length; at += size) {
      long length = memory.getPointer(vector, at);
      total += length;
      if (length < 0
          || !memory.isTransferSize(length)
          || total < 0
          || (!memory.is64Bit() && total > Integer.MAX_VALUE)) {
        return false;
      }
    }
    return true;
  }

  /** copyiniov: whatever they hold. */
  static boolean isMessageVector(Caller caller, long address, int count, Memory memory) {
    return count >= 0
        && count <= UIO_MAXIOV
        && Memory.isReadable(caller, address, count * 2 * memory.pointerSize());
  }

  /** EFAULT of a text that is no path: it needs at least its first byte. */
  static Rule readableText(int arg) {
    return Rule.of(
        "text " + arg + " is there",
        (call, caller, findings) -> Memory.isReadable(caller, call.address(arg), 1));
  }

  /** mac_label_copyin: EINVAL for a length that cannot be, EFAULT and EINVAL of the text. */
  static Rule label(int arg, Memory memory) {
    return Rule.aboutLimits(
        "label " + arg + " is there and not too long",
        (call, caller, findings) -> isLabel(caller, call.address(arg), memory));
  }

  private static boolean isLabel(Caller caller, long address, Memory memory) {
    int half = memory.pointerSize();
    byte[] label = Memory.copyInIfKnown(caller, address, 2 * half);
    if (label == null || label == Memory.UNKNOWN) {
      return label != null;
    }
    long length = memory.getPointer(label, 0);
    if (length < 2 || length > MAC_MAX_LABEL_BUF_LEN) {
      return false;
    }
    long text = memory.getPointer(label, half);
    for (int at = 0; at < length; at++) {
      byte[] letter = Memory.copyInIfKnown(caller, text + at, 1);
      if (letter == null || letter == Memory.UNKNOWN) {
        return letter != null;
      }
      if (letter[0] == 0) {
        return true;
      }
    }
    return false;
  }
}
