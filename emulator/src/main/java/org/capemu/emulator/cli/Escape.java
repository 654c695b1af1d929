package org.capemu.emulator.cli;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Text that a traced program chose, so that it cannot steer a terminal or pass for a line of
 * capemu's own: a file name may hold any byte but NUL and slash.
 *
 * <p>Printable text, valid UTF-8 included, stays as it is. A backslash is doubled; line ends and
 * tabs are {@code \n}, {@code \r} and {@code \t}; any other control character, byte that is no
 * UTF-8, or character that has no glyph or changes the direction of its neighbours is {@code \xHH}
 * for each of its bytes. Two different names never look the same.
 */
public final class Escape {
  private static final String HEX = "0123456789abcdef";
  private static final int CONTINUATION_BITS = 6;

  /** Takes what is shown, byte by byte. */
  @FunctionalInterface
  public interface Sink {
    void put(byte b);
  }

  private Escape() {}

  /**
   * @param text one char a byte (ISO-8859-1); a char above that is taken as its UTF-8 bytes
   * @return what is shown, one char a byte
   */
  public static String of(String text) {
    if (isPlain(text)) {
      return text;
    }
    byte[] bytes = bytesOf(text);
    ByteArrayOutputStream shown = new ByteArrayOutputStream(bytes.length + 16);
    write(bytes, 0, bytes.length, shown::write);
    return shown.toString(StandardCharsets.ISO_8859_1);
  }

  /** Writes bytes escaped. */
  public static void write(byte[] bytes, int offset, int length, Sink sink) {
    int end = offset + length;
    for (int at = offset; at < end; ) {
      int size = sizeOfPrintable(bytes, at, end);
      if (size == 0) {
        escape(bytes[at++], sink);
      } else {
        for (int i = 0; i < size; i++) {
          sink.put(bytes[at++]);
        }
      }
    }
  }

  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || c == '\\') {
        return false;
      }
    }
    return true;
  }

  private static byte[] bytesOf(String text) {
    boolean isBytes = text.chars().allMatch(c -> c <= 0xff);
    return text.getBytes(isBytes ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
  }

  private static void escape(byte b, Sink sink) {
    sink.put((byte) '\\');
    switch (b) {
      case '\\' -> sink.put((byte) '\\');
      case '\n' -> sink.put((byte) 'n');
      case '\r' -> sink.put((byte) 'r');
      case '\t' -> sink.put((byte) 't');
      default -> {
        sink.put((byte) 'x');
        sink.put((byte) HEX.charAt(b >> 4 & 0xf));
        sink.put((byte) HEX.charAt(b & 0xf));
      }
    }
  }

  /** How many bytes the character here has; 0 if it is not to be shown as it is. */
  private static int sizeOfPrintable(byte[] bytes, int at, int end) {
    int first = bytes[at] & 0xff;
    if (first < 0x80) {
      return first >= ' ' && first <= '~' && first != '\\' ? 1 : 0;
    }
    int size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || at + size > end) {
      return 0;
    }
    int codePoint = first & 0xff >> size + 1;
    for (int i = 1; i < size; i++) {
      int next = bytes[at + i];
      if ((next & 0xc0) != 0x80) {
        return 0;
      }
      codePoint = codePoint << CONTINUATION_BITS | next & 0x3f;
    }
    boolean shortest = codePoint >= (size == 2 ? 0x80 : size == 3 ? 0x800 : 0x10000);
    return shortest && isPrintable(codePoint) ? size : 0;
  }

  private static boolean isPrintable(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> codePoint <= Character.MAX_CODE_POINT;
    };
  }
}
