package org.capemu.policy;

import static org.capemu.policy.abi.LittleEndian.getInt;
import static org.capemu.policy.abi.LittleEndian.getLong;

import org.jspecify.annotations.Nullable;

/** The caller's structures: where an ABI keeps what. */
record Memory(boolean is64Bit) {
  /** In place of memory that the caller cannot tell: never null, and of no length. */
  static final byte[] UNKNOWN = {};

  /** A pointer or a long of this ABI, zero-extended. */
  long getPointer(byte[] bytes, int offset) {
    return is64Bit ? getLong(bytes, offset) : getInt(bytes, offset) & 0xffff_ffffL;
  }

  /** A {@code long} or {@code time_t} of this ABI. */
  long getLongWord(byte[] bytes, int offset) {
    return is64Bit ? getLong(bytes, offset) : getInt(bytes, offset);
  }

  int pointerSize() {
    return is64Bit ? 8 : 4;
  }

  /** False for a size that is EINVAL wherever data is moved: more than IOSIZE_MAX. */
  boolean isTransferSize(long size) {
    return is64Bit ? size >= 0 : (int) size >= 0;
  }

  /** copyin(9); null for EFAULT. */
  static byte @Nullable [] copyIn(Caller caller, long address, int length) {
    byte[] bytes = new byte[length];
    return length == 0 || caller.read(address, bytes, length) ? bytes : null;
  }

  /** copyin(9); {@link #UNKNOWN} where the caller cannot tell. */
  static byte @Nullable [] copyInIfKnown(Caller caller, long address, int length) {
    try {
      return copyIn(caller, address, length);
    } catch (Undecided e) {
      return UNKNOWN;
    }
  }

  /**
   * False only where memory is known not to be there: a caller that cannot tell is taken to have
   * passed a good pointer, as what it points to decides nothing.
   */
  static boolean isReadable(Caller caller, long address, int length) {
    return copyInIfKnown(caller, address, length) != null;
  }
}
