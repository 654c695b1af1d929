package org.capemu.tracer.ktrace;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One record of a trace. The reader's is a cursor: its contents change with {@link
 * KtraceReader#next()}; {@link #copy()} keeps.
 *
 * <p>The getters of the payload are total: what lies after its end reads as zeros, so that a record
 * that is too short for its struct decodes like one that is filled up.
 */
public final class KtraceRecord {
  /** Bytes of process id and command name, which lie side by side. */
  public static final int IDENTITY_SIZE = Layout.SECONDS - Layout.PID;

  private static final int NANOSECONDS_PER_MICROSECOND = 1000;

  private byte[] bytes;
  private int header;
  private int payload;
  private int length;

  KtraceRecord() {}

  void set(byte[] bytes, int header, int headerSize, int length) {
    this.bytes = bytes;
    this.header = header;
    this.payload = header + headerSize;
    this.length = length;
  }

  /** A {@link RecordType}, or a number that is not known. */
  public int type() {
    return Layout.getShort(bytes, header + Layout.TYPE) & Layout.TYPE_MASK;
  }

  /** KTR_VERSIONED: false for the 56-byte header that 13.x and earlier write. */
  public boolean isVersioned() {
    return (Layout.getShort(bytes, header + Layout.TYPE) & Layout.FLAG_VERSIONED) != 0;
  }

  /** KTR_DROP: records before this one were lost. */
  public boolean dropped() {
    return (Layout.getShort(bytes, header + Layout.TYPE) & Layout.FLAG_DROP) != 0;
  }

  public int pid() {
    return Layout.getInt(bytes, header + Layout.PID);
  }

  /** The thread; very old traces have a kernel address here. */
  public long tid() {
    return Layout.getLong(bytes, header + Layout.TID);
  }

  /** The processor; 0 where {@link #isVersioned()} is false. */
  public int cpu() {
    return isVersioned() ? Layout.getInt(bytes, header + Layout.CPU) : 0;
  }

  /** Seconds since the epoch. */
  public long seconds() {
    return Layout.getLong(bytes, header + Layout.SECONDS);
  }

  /** The rest of the time, 0 to 999,999,999, also of a record that counts microseconds. */
  public int nanoseconds() {
    int fraction = (int) Layout.getLong(bytes, header + Layout.FRACTION);
    return isVersioned() ? fraction : fraction * NANOSECONDS_PER_MICROSECOND;
  }

  /** The command name, one char a byte (ISO-8859-1), up to its NUL. */
  public String comm() {
    return new String(bytes, header + Layout.COMM, commLength(), StandardCharsets.ISO_8859_1);
  }

  /** Copies all 20 bytes of the command name, what lies after its NUL included. */
  public void comm(byte[] target) {
    System.arraycopy(bytes, header + Layout.COMM, target, 0, KtraceHeader.COMM_SIZE);
  }

  /** Length of the command name without NUL, at most 19. */
  public int commLength() {
    int start = header + Layout.COMM;
    int length = 0;
    while (length < KtraceHeader.COMM_SIZE - 1 && bytes[start + length] != 0) {
      length++;
    }
    return length;
  }

  /** Where the command name begins in {@link #array()}. */
  public int commOffset() {
    return header + Layout.COMM;
  }

  /**
   * Where process id and command name begin in {@link #array()}: {@link #IDENTITY_SIZE} bytes,
   * equal in any two records that {@link #pid()} and {@link #comm()} do not tell apart.
   */
  public int identityOffset() {
    return header + Layout.PID;
  }

  /** The array that holds the record. */
  public byte[] array() {
    return bytes;
  }

  /** Where the payload begins in {@link #array()}. */
  public int payloadOffset() {
    return payload;
  }

  /** Length of the payload in bytes. */
  public int length() {
    return length;
  }

  /** The payload, copied. */
  public byte[] payload() {
    return Arrays.copyOfRange(bytes, payload, payload + length);
  }

  public byte getByte(int at) {
    return at < length ? bytes[payload + at] : 0;
  }

  public short getShort(int at) {
    return at <= length - Short.BYTES
        ? Layout.getShort(bytes, payload + at)
        : (short) getLittleEndian(at, Short.BYTES);
  }

  public int getInt(int at) {
    return at <= length - Integer.BYTES
        ? Layout.getInt(bytes, payload + at)
        : (int) getLittleEndian(at, Integer.BYTES);
  }

  public long getLong(int at) {
    return at <= length - Long.BYTES
        ? Layout.getLong(bytes, payload + at)
        : getLittleEndian(at, Long.BYTES);
  }

  private long getLittleEndian(int at, int size) {
    long value = 0;
    for (int i = size - 1; i >= 0; i--) {
      value = value << Byte.SIZE | getByte(at + i) & 0xff;
    }
    return value;
  }

  /** The payload's bytes from an offset up to a NUL or its end, one char a byte (ISO-8859-1). */
  public String getString(int at) {
    int end = at;
    while (end < length && bytes[payload + end] != 0) {
      end++;
    }
    return new String(bytes, payload + at, Math.max(end - at, 0), StandardCharsets.ISO_8859_1);
  }

  /** The same record, on its own. */
  public KtraceRecord copy() {
    KtraceRecord copy = new KtraceRecord();
    copy.set(Arrays.copyOfRange(bytes, header, payload + length), 0, payload - header, length);
    return copy;
  }

  int headerOffset() {
    return header;
  }

  int totalLength() {
    return payload - header + length;
  }
}
