package org.capemu.emulator.dump;

/** GIO: KTR_GENIO, and its data as text or in hexadecimal. */
final class IoText {
  private static final int DATA = 8;
  private static final int UIO_READ = 0;

  /** kdump(1) fits the terminal; its text in a file is as wide as this. */
  private static final int SCREEN_WIDTH = 80;

  /** As many bytes as fit: offset, two digits a byte, a blank every two, the bytes as text. */
  private static final int BYTES_IN_A_LINE = 16;

  private static final int TAB_WIDTH = 8;

  private final PayloadMemory memory;
  private final Text text;
  private final DumpOptions options;

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
    for (int i = 0; i < length; i++) {
      byte b = memory.getByte(DATA + i);
      if ((b < ' ' || b > '~') && b != '\n' && b != '\r' && b != '\t' && b != 0) {
        return false;
      }
    }
    return true;
  }

  private void putHexadecimal(int length) {
    for (int line = 0; line < length; line += BYTES_IN_A_LINE) {
      text.put("       0x").bareHex(line, 4);
      int end = Math.min(line + BYTES_IN_A_LINE, length);
      for (int i = line; i < line + BYTES_IN_A_LINE; i++) {
        if (i % 2 == 0) {
          text.put(' ');
        }
        if (i < end) {
          text.bareHex(memory.getUnsignedByte(DATA + i), 2);
        } else {
          text.put("  ");
        }
      }
      text.put("  |");
      for (int i = line; i < end; i++) {
        byte b = memory.getByte(DATA + i);
        text.put(b >= ' ' && b <= '~' ? b : (byte) '.');
      }
      text.put("|\n");
    }
    if (length % BYTES_IN_A_LINE != 0) {
      text.put('\n');
    }
  }

  /** As vis(3) escapes in C's style, folded like fold(1). */
  private void putAsText(int length) {
    text.put("       \"");
    int column = TAB_WIDTH;
    for (int i = 0; i < length; i++) {
      byte b = memory.getByte(DATA + i);
      if (column == 0) {
        text.put('\t');
        column = TAB_WIDTH;
      }
      if (b == '\n') {
        text.put('\n');
        column = 0;
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
    }
    if (column == 0) {
      text.put("       ");
    }
    text.put("\"\n");
  }

  private int widthOf(byte b, int index, int column) {
    return switch (b) {
      case '\t' -> TAB_WIDTH - column % TAB_WIDTH;
      case '\\', '\r' -> 2;
      case 0 -> octalDigitFollows(index) ? 4 : 2;
      default -> 1;
    };
  }

  /** Looks behind the last byte too, as kdump(1) does. */
  private boolean octalDigitFollows(int index) {
    byte next = memory.getByte(DATA + index + 1);
    return next >= '0' && next <= '7';
  }
}
