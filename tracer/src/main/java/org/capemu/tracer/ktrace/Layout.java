package org.capemu.tracer.ktrace;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Offsets of {@code struct ktr_header} and {@code ktr_header_v0}, LP64; access to their bytes. */
final class Layout {
  static final int VERSIONED_SIZE = 64;
  static final int V0_SIZE = 56;

  // Both headers have these at the same place; the old one has neither version nor cpu, and its
  // fraction of a second counts microseconds.
  static final int LEN = 0;
  static final int TYPE = 4;
  static final int VERSION = 6;
  static final int PID = 8;
  static final int COMM = 12;
  static final int SECONDS = 32;
  static final int FRACTION = 40;
  static final int TID = 48;
  static final int CPU = 56;

  static final int FLAG_VERSIONED = 0x4000;
  static final int FLAG_DROP = 0x8000;
  static final int TYPE_MASK = 0x3fff;

  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Layout() {}

  static short getShort(byte[] bytes, int at) {
    return (short) SHORTS.get(bytes, at);
  }

  static int getInt(byte[] bytes, int at) {
    return (int) INTS.get(bytes, at);
  }

  static long getLong(byte[] bytes, int at) {
    return (long) LONGS.get(bytes, at);
  }

  static void putShort(byte[] bytes, int at, int value) {
    SHORTS.set(bytes, at, (short) value);
  }

  static void putInt(byte[] bytes, int at, int value) {
    INTS.set(bytes, at, value);
  }

  static void putLong(byte[] bytes, int at, long value) {
    LONGS.set(bytes, at, value);
  }
}
