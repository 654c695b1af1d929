package org.capemu.emulator.dump;

/**
 * The arguments of one call while they are printed: where the next one lies, how many are left, and
 * what goes before it.
 */
final class CallArguments {
  private static final int ARGUMENTS = 8;

  private final PayloadMemory memory;
  private final Text text;
  private final boolean decimal;
  private int index;
  private int left;
  private char separator;
  private boolean wide;
  private boolean reopens;

  CallArguments(PayloadMemory memory, Text text, boolean decimal) {
    this.memory = memory;
    this.text = text;
    this.decimal = decimal;
  }

  /**
   * Begins a call.
   *
   * @param wide whether one argument holds a 64-bit number
   */
  void begin(int count, boolean wide) {
    index = 0;
    left = count;
    separator = '(';
    this.wide = wide;
    reopens = false;
  }

  Text text() {
    return text;
  }

  boolean decimal() {
    return decimal;
  }

  /** Takes the next argument, which the caller prints after the separator that this prints. */
  long take() {
    separate();
    return skip();
  }

  void separate() {
    text.put(separator);
    separator = ',';
  }

  /** Takes the next argument without printing. */
  long skip() {
    long value = peek();
    index++;
    left--;
    return value;
  }

  /** The next argument; after the last one, whatever lies there. */
  long peek() {
    return at(index);
  }

  /** The argument before the next one. */
  long previous() {
    return at(index - 1);
  }

  /** The argument before that. */
  long beforePrevious() {
    return at(index - 2);
  }

  private long at(int argument) {
    return memory.getLong(ARGUMENTS + argument * Long.BYTES);
  }

  /** Takes a 64-bit number: of 32-bit processes, two arguments, the low half first. */
  long takeQuad() {
    if (wide) {
      return take();
    }
    return take() & 0xffff_ffffL | skip() << Integer.SIZE;
  }

  void putNumber() {
    putNumber(take());
  }

  void putNumber(long value) {
    if (decimal) {
      text.decimal(value);
    } else {
      text.hex(value);
    }
  }

  /**
   * SHM_ANON in place of a path: 15.0's kdump(1) then counts one argument too few and begins the
   * ones that no decoder takes with a parenthesis.
   */
  void putShmAnon() {
    text.put(separator).put("SHM_ANON");
    index++;
    separator = ',';
    reopen();
  }

  /** Lets the arguments that no decoder takes begin with a parenthesis of their own. */
  void reopen() {
    reopens = true;
  }

  /** Prints what no decoder took. */
  void putRest() {
    if (reopens) {
      separator = '(';
    }
    while (left > 0) {
      putNumber();
    }
  }
}
