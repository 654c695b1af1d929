package org.capemu.tracer.elf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads from a source that may hold anything, never more than it was asked for. */
final class BoundedReader {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  private static final int STEP = 256;

  private final ByteSource source;

  BoundedReader(ByteSource source) {
    this.source = source;
  }

  /**
   * All of a range, or nothing where it is longer than the limit or goes beyond the end.
   *
   * @param length unsigned
   */
  ByteBuffer all(long offset, long length, int limit) {
    if (Long.compareUnsigned(length, limit) > 0) {
      return NOTHING;
    }
    byte[] bytes = new byte[(int) length];
    if (read(offset, bytes, 0, bytes.length) < length) {
      return NOTHING;
    }
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** As much of a range as there is. */
  int read(long offset, byte[] into, int at, int length) {
    int done = 0;
    while (offset >= 0 && done < length && offset + done >= 0) {
      int copied = source.read(offset + done, into, at + done, length - done);
      if (copied <= 0) {
        break;
      }
      done += Math.min(copied, length - done);
    }
    return done;
  }

  /** A name that a NUL ends, one char a byte; empty where there is none within the limit. */
  String name(long offset, long limit) {
    StringBuilder name = new StringBuilder();
    byte[] bytes = new byte[STEP];
    while (name.length() < limit) {
      int wanted = (int) Math.min(STEP, limit - name.length());
      int length = read(offset + name.length(), bytes, 0, wanted);
      String read = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
      int end = read.indexOf(0);
      if (end >= 0) {
        return name.append(read, 0, end).toString();
      }
      if (length < wanted) {
        break;
      }
      name.append(read);
    }
    return "";
  }
}
