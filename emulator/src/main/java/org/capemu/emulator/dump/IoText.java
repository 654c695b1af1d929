package org.capemu.emulator.dump;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** GIO: KTR_GENIO, and its data as text or in hexadecimal. */
final class IoText {
  private static final int DATA = 8;
  private static final int UIO_READ = 0;

  /** kdump(1) fits the terminal; its text in a file is as wide as this. */
  private static final int SCREEN_WIDTH = 80;

  /** As many bytes as fit: offset, two digits a byte, a blank every two, the bytes as text. */
  private static final int BYTES_IN_A_LINE = 16;

  private static final int TAB_WIDTH = 8;

  /** A line after its offset: a blank and four digits for every two bytes, and their text. */
  private static final int DIGITS = 5 * BYTES_IN_A_LINE / 2;

  private static final int CHARACTERS = DIGITS + 3;

  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** A byte's two digits as they lie in memory, and what stands for it in the text. */
  private static final int[] HEX_PAIRS = new int[256];

  private static final byte[] SHOWN = new byte[256];

  // What a byte makes of the data.
  private static final byte BINARY = 0;
  private static final byte ESCAPED = 1;
  private static final byte PLAIN = 2;
  private static final byte[] KINDS = new byte[256];

  static {
    Arrays.fill(KINDS, ' ', '~' + 1, PLAIN);
    for (char escaped : new char[] {'\\', '\n', '\r', '\t', '\0'}) {
      KINDS[escaped] = ESCAPED;
    }
    for (int b = 0; b < 256; b++) {
      HEX_PAIRS[b] = Character.forDigit(b >> 4, 16) | Character.forDigit(b & 0xf, 16) << Byte.SIZE;
      SHOWN[b] = (byte) (b >= ' ' && b <= '~' ? b : '.');
    }
  }

  private final PayloadMemory memory;
  private final Text text;
  private final DumpOptions options;
  private final byte[] line =
      (" ".repeat(DIGITS) + "  |" + ".".repeat(BYTES_IN_A_LINE) + "|\n")
          .getBytes(StandardCharsets.US_ASCII);

  IoText(PayloadMemory memory, Text text, DumpOptions options) {
    this.memory = memory;
    this.text = text;
    this.options = options;
  }

  /** Prints whole lines, the last one included. */
  void putIo() {
    int length = memory.length() - DATA;
    text.put("fd ").decimal(memory.getInt(0));
    text.put(memory.getInt(4) == UIO_READ ? " read " : " wrote ").decimal(length);
    text.put(length == 1 ? " byte\n" : " bytes\n");
    if (options.withoutData()) {
      return;
    }
    int shown = options.maxData() != 0 ? Math.min(length, options.maxData()) : length;
    if (isText(shown)) {
      putAsText(shown);
    } else {
      putHexadecimal(shown);
    }
  }

  private boolean isText(int length) {
    byte[] bytes = memory.bytes();
    for (int i = 0; i < length; i++) {
      if (KINDS[bytes[DATA + i] & 0xff] == BINARY) {
        return false;
      }
    }
    return true;
  }

  private void putHexadecimal(int length) {
    int whole = length - length % BYTES_IN_A_LINE;
    for (int start = 0; start < whole; start += BYTES_IN_A_LINE) {
      putHexadecimalLine(start);
    }
    if (whole != length) {
      putLastHexadecimalLine(whole, length - whole);
      text.put('\n');
    }
  }

  private void putHexadecimalLine(int start) {
    byte[] bytes = memory.bytes();
    text.put("       0x").bareHex(start, 4);
    int at = DATA + start;
    for (int column = 1; column < DIGITS; column += 5) {
      int two = HEX_PAIRS[bytes[at] & 0xff] | HEX_PAIRS[bytes[at + 1] & 0xff] << Short.SIZE;
      INTS.set(line, column, two);
      at += 2;
    }
    at = DATA + start;
    for (int i = 0; i < BYTES_IN_A_LINE; i++) {
      line[CHARACTERS + i] = SHOWN[bytes[at + i] & 0xff];
    }
    text.put(line, 0, line.length);
  }

  private void putLastHexadecimalLine(int start, int count) {
    text.put("       0x").bareHex(start, 4);
    for (int i = 0; i < BYTES_IN_A_LINE; i++) {
      if (i % 2 == 0) {
        text.put(' ');
      }
      if (i < count) {
        text.bareHex(memory.getUnsignedByte(DATA + start + i), 2);
      } else {
        text.put("  ");
      }
    }
    text.put("  |");
    for (int i = 0; i < count; i++) {
      text.put(SHOWN[memory.getUnsignedByte(DATA + start + i)]);
    }
    text.put("|\n");
  }

  /** As vis(3) escapes in C's style, folded like fold(1). */
  private void putAsText(int length) {
    byte[] bytes = memory.bytes();
    text.put("       \"");
    int column = TAB_WIDTH;
    for (int i = 0; i < length; ) {
      if (column == 0) {
        text.put('\t');
        column = TAB_WIDTH;
      }
      int run = plainRun(i, Math.min(length, i + SCREEN_WIDTH - 2 - column));
      if (run > 0) {
        text.put(bytes, DATA + i, run);
        column += run;
        i += run;
        continue;
      }
      byte b = bytes[DATA + i];
      if (b == '\n') {
        text.put('\n');
        column = 0;
        i++;
        continue;
      }
      int width = widthOf(b, i, column);
      if (column + width > SCREEN_WIDTH - 2) {
        text.put("\\\n\t");
        column = TAB_WIDTH;
      }
      column += width;
      switch (b) {
        case '\\' -> text.put("\\\\");
        case '\r' -> text.put("\\r");
        case 0 -> text.put(octalDigitFollows(i) ? "\\000" : "\\0");
        default -> text.put(b);
      }
      i++;
    }
    if (column == 0) {
      text.put("       ");
    }
    text.put("\"\n");
  }

  /** How many bytes from an index up to a limit are printed as they are, one column each. */
  private int plainRun(int from, int limit) {
    byte[] bytes = memory.bytes();
    int at = from;
    while (at < limit && KINDS[bytes[DATA + at] & 0xff] == PLAIN) {
      at++;
    }
    return at - from;
  }

  private int widthOf(byte b, int index, int column) {
    return switch (b) {
      case '\t' -> TAB_WIDTH - column % TAB_WIDTH;
      case '\\', '\r' -> 2;
      case 0 -> octalDigitFollows(index) ? 4 : 2;
      default -> 1;
    };
  }

  /** Looks at the byte after the last too, as kdump(1) does. */
  private boolean octalDigitFollows(int index) {
    byte next = memory.getByte(DATA + index + 1);
    return next >= '0' && next <= '7';
  }
}
