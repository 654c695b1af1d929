package org.capemu.emulator.cli;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** Names are bytes; where they are UTF-8 they are read so, otherwise each byte is a char: JSON. */
public final class Charsets {
  private static final int PIECE = 8 << 10;

  private Charsets() {}

  /** What bytes are to be read as. */
  public static Charset of(byte[] bytes, int offset, int length) {
    if (isAscii(bytes, offset, length)) {
      return StandardCharsets.ISO_8859_1;
    }
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes, offset, length);
    CharBuffer out = CharBuffer.allocate(Math.min(length, PIECE));
    CoderResult result;
    do {
      result = decoder.decode(in, out.clear(), true);
    } while (result.isOverflow());
    return result.isError() ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8;
  }

  /** Bytes as text. */
  public static String decode(byte[] bytes, int offset, int length) {
    return new String(bytes, offset, length, of(bytes, offset, length));
  }

  /** The same of text that holds one char a byte; any other stays as it is. */
  public static String decode(String text) {
    if (text.chars().anyMatch(c -> c > 0xff)) {
      return text;
    }
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return decode(bytes, 0, bytes.length);
  }

  private static boolean isAscii(byte[] bytes, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      if (bytes[i] < 0) {
        return false;
      }
    }
    return true;
  }
}
