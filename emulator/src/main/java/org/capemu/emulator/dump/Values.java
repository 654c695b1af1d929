package org.capemu.emulator.dump;

/** The ways in which kdump(1) prints a value that has, or may have, a name. */
final class Values {
  private static final NameTable FILE_MODE = Constants.table("filemode");
  static final NameTable FILE_FLAGS = Constants.table("fileflags");
  static final NameTable SIGNALS = Constants.table("signal");

  private Values() {}

  /** A name, or {@code <invalid=...>}. */
  static void putNamed(Text text, NameTable table, int value, boolean decimal) {
    byte[] name = table.nameOf(value);
    if (name != null) {
      text.put(name);
    } else {
      putInvalid(text, value, decimal);
    }
  }

  static void putInvalid(Text text, int value, boolean decimal) {
    text.put("<invalid=");
    putNumber(text, value, decimal);
    text.put('>');
  }

  /** A name, or the number, which is as good. */
  static void putNamedOrNumber(Text text, NameTable table, int value, boolean decimal) {
    byte[] name = table.nameOf(value);
    if (name != null) {
      text.put(name);
    } else {
      putNumber(text, value, decimal);
    }
  }

  static void putNumber(Text text, int value, boolean decimal) {
    if (decimal) {
      text.decimal(value);
    } else {
      text.hex(value);
    }
  }

  /** {@code 0x3<A|B>}; with nothing in it known, {@code 0x3<><invalid>3}. */
  static void putMask(Text text, NameTable table, int mask) {
    text.hex(mask).put('<');
    long bits = mask & 0xffff_ffffL;
    long rest = table.putMask(text, bits, false);
    closeMask(text, table.named(bits, rest), rest);
  }

  /** The same, but 0 stands for itself. */
  static void putMaskOrZero(Text text, NameTable table, int mask) {
    if (mask == 0) {
      text.put('0');
    } else {
      putMask(text, table, mask);
    }
  }

  /**
   * Ends a mask.
   *
   * @param known whether a name was printed: what else was in the mask is then not mentioned
   */
  static void closeMask(Text text, boolean known, long rest) {
    text.put('>');
    if (!known) {
      text.put("<invalid>").unsigned(rest);
    }
  }

  /** A file's permissions: like a mask, the number octal. */
  static void putMode(Text text, int mode) {
    if (mode == 0) {
      text.put('0');
      return;
    }
    text.octal(mode).put('<');
    long bits = mode & 0xffff_ffffL;
    long rest = FILE_MODE.putMask(text, bits, false);
    closeMask(text, FILE_MODE.named(bits, rest), rest);
  }

  static void putSignal(Text text, NameTable signals, int signo) {
    byte[] name = signals.nameOf(signo);
    if (name != null) {
      text.put(name);
    } else {
      text.put("SIG ").decimal(signo);
    }
  }

  /** A number that has its 0x even if it is zero. */
  static void putInteger(Text text, int value, boolean decimal) {
    if (decimal) {
      text.decimal(value);
    } else {
      text.pointer(value & 0xffff_ffffL);
    }
  }
}
