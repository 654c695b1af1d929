package org.capemu.emulator.dump;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.capemu.tracer.ktrace.KtraceRecord;

/**
 * Where kdump(1) has a record's payload: always the start of one buffer, so that after a short
 * payload lies what longer ones before it left. Some of its decoders look there, which shows in its
 * text: an argument too many after SHM_ANON, the byte that decides how a final NUL is escaped.
 */
final class PayloadMemory {
  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** No decoder looks further than as many arguments as a record can claim to hold. */
  private static final int SLACK = Long.BYTES * (Short.MAX_VALUE + 16);

  private byte[] bytes = new byte[SLACK + 4096];
  private int length;

  void load(KtraceRecord record) {
    length = record.length();
    if (bytes.length < length + SLACK) {
      bytes = Arrays.copyOf(bytes, length + SLACK);
    }
    System.arraycopy(record.array(), record.payloadOffset(), bytes, 0, length);
  }

  /** Length of the current payload. */
  int length() {
    return length;
  }

  byte[] bytes() {
    return bytes;
  }

  byte getByte(int at) {
    return bytes[at];
  }

  int getUnsignedByte(int at) {
    return bytes[at] & 0xff;
  }

  short getShort(int at) {
    return (short) SHORTS.get(bytes, at);
  }

  int getUnsignedShort(int at) {
    return getShort(at) & 0xffff;
  }

  int getInt(int at) {
    return (int) INTS.get(bytes, at);
  }

  long getUnsignedInt(int at) {
    return getInt(at) & 0xffff_ffffL;
  }

  long getLong(int at) {
    return (long) LONGS.get(bytes, at);
  }

  /** Length of the string at an offset, without NUL; the payload's end ends it too. */
  int stringLength(int at) {
    int end = at;
    while (end < length && bytes[end] != 0) {
      end++;
    }
    return end - at;
  }

  /** Whether the bytes up to a limit are this text and a NUL. */
  boolean isString(int at, int stringLength, String text) {
    if (stringLength != text.length()) {
      return false;
    }
    for (int i = 0; i < stringLength; i++) {
      if (bytes[at + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
