package org.capemu.nativestubs.freebsd;

import java.nio.charset.StandardCharsets;

/** A char array of C, which a NUL or its own size ends. */
final class CString {
  private CString() {}

  static String of(byte[] bytes, int offset, int size) {
    int length = 0;
    while (length < size && bytes[offset + length] != 0) {
      length++;
    }
    return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
  }
}
