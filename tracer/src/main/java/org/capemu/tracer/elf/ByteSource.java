package org.capemu.tracer.elf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** The bytes of a file, wherever they are: on this host, on another, or in a program's memory. */
@FunctionalInterface
public interface ByteSource {
  /**
   * Copies what there is, as pread(2) does.
   *
   * @param offset from the start of the file, not negative
   * @return how many bytes were copied: fewer than {@code length} where the rest comes later, 0 or
   *     less where there are no more or they cannot be read
   */
  int read(long offset, byte[] into, int at, int length);

  static ByteSource of(byte[] bytes) {
    return (offset, into, at, length) -> {
      if (offset >= bytes.length) {
        return 0;
      }
      int copied = Math.min(length, bytes.length - (int) offset);
      System.arraycopy(bytes, (int) offset, into, at, copied);
      return copied;
    };
  }

  /** A file that cannot be read any more ends where that was noticed. */
  static ByteSource of(FileChannel file) {
    return (offset, into, at, length) -> {
      try {
        return file.read(ByteBuffer.wrap(into, at, length), offset);
      } catch (IOException unreadable) {
        return 0;
      }
    };
  }
}
