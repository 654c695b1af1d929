package org.capemu.emulator.dump;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.capemu.emulator.cli.Escape;

/**
 * Text on its way out, one byte a char (ISO-8859-1), in the conversions of printf(3) that kdump(1)
 * uses. Allocates nothing. What cannot be written throws {@link UncheckedIOException}.
 */
final class Text {
  private static final int SIZE = 128 << 10;
  private static final int LONGEST_NUMBER = 24;

  /** Of a long that is not negative; ten times as much is no long any more. */
  private static final int MOST_DIGITS = 19;

  private static final int LONGEST_MARKED = 192;
  private static final byte[] HEX_DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private final OutputStream out;
  private final boolean escapes;
  private final byte[] buffer = new byte[SIZE];
  private int used;

  /**
   * @param escapes {@link Escape} what the traced program chose, where kdump(1) prints it as it is
   */
  Text(OutputStream out, boolean escapes) {
    this.out = out;
    this.escapes = escapes;
  }

  /** Writes out everything, and flushes what it is written to. */
  void flush() {
    drain();
    try {
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void drain() {
    int length = used;
    used = 0;
    try {
      out.write(buffer, 0, length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void room(int length) {
    if (buffer.length - used < length) {
      drain();
    }
  }

  /** Where the text ends that is not written yet: its beginning for {@link #since(int)}. */
  int mark() {
    room(LONGEST_MARKED);
    return used;
  }

  /** A copy of what was put since a mark: at most {@link #LONGEST_MARKED} bytes. */
  byte[] since(int mark) {
    return Arrays.copyOfRange(buffer, mark, used);
  }

  Text put(char c) {
    room(1);
    buffer[used++] = (byte) c;
    return this;
  }

  Text put(byte b) {
    room(1);
    buffer[used++] = b;
    return this;
  }

  Text put(String text) {
    int length = text.length();
    if (length > SIZE) {
      put(text.getBytes(StandardCharsets.ISO_8859_1));
      return this;
    }
    room(length);
    for (int i = 0; i < length; i++) {
      buffer[used + i] = (byte) text.charAt(i);
    }
    used += length;
    return this;
  }

  Text put(byte[] text) {
    return put(text, 0, text.length);
  }

  Text put(byte[] text, int offset, int length) {
    for (int done = 0; done < length; ) {
      room(Math.min(length - done, SIZE));
      int count = Math.min(length - done, buffer.length - used);
      System.arraycopy(text, offset + done, buffer, used, count);
      used += count;
      done += count;
    }
    return this;
  }

  /** Bytes that the traced program chose: names, and what it says itself. */
  Text putTraced(byte[] text, int offset, int length) {
    if (escapes) {
      Escape.write(text, offset, length, this::put);
      return this;
    }
    return put(text, offset, length);
  }

  /** {@code %s} of {@link #putTraced}: up to a NUL, at most {@code limit} bytes. */
  Text putString(byte[] text, int offset, int limit) {
    int length = 0;
    while (length < limit && text[offset + length] != 0) {
      length++;
    }
    return putTraced(text, offset, length);
  }

  /** {@code %jd}. */
  Text decimal(long value) {
    if (value < 0) {
      put('-');
      // Long.MIN_VALUE negated is itself, which unsigned reads right.
      return unsigned(-value);
    }
    return unsigned(value);
  }

  /** {@code %ju}. */
  Text unsigned(long value) {
    room(LONGEST_NUMBER);
    if (value < 0) {
      long quotient = Long.divideUnsigned(value, 10);
      unsigned(quotient);
      return put((char) ('0' + (value - quotient * 10)));
    }
    int end = used + digits(value);
    used = end;
    long high = value;
    while (high > Integer.MAX_VALUE) {
      buffer[--end] = (byte) ('0' + high % 10);
      high /= 10;
    }
    int rest = (int) high;
    do {
      buffer[--end] = (byte) ('0' + rest % 10);
      rest /= 10;
    } while (rest != 0);
    return this;
  }

  /** {@code %0*jd}. */
  Text zeroPadded(long value, int width) {
    if (value < 0) {
      put('-');
    }
    long magnitude = Math.abs(value);
    pad('0', width - digits(magnitude) - (value < 0 ? 1 : 0));
    return unsigned(magnitude);
  }

  /** {@code %*d}. */
  Text rightAligned(int value, int width) {
    pad(' ', width - digits(Math.abs((long) value)) - (value < 0 ? 1 : 0));
    return decimal(value);
  }

  /** {@code %-*s} of {@link #putTraced}. */
  Text leftAligned(byte[] text, int offset, int length, int width) {
    putTraced(text, offset, length);
    return pad(' ', width - length);
  }

  private Text pad(char c, int count) {
    for (int i = 0; i < count; i++) {
      put(c);
    }
    return this;
  }

  /** Of a number that is not negative, or of 2^63, which has the most. */
  private static int digits(long value) {
    if (value < 0) {
      return MOST_DIGITS;
    }
    int count = 1;
    for (long limit = 10; count < MOST_DIGITS && value >= limit; limit *= 10) {
      count++;
    }
    return count;
  }

  /** {@code %#jx}: zero has no prefix. */
  Text hex(long value) {
    if (value != 0) {
      put('0').put('x');
    }
    return bareHex(value, 1);
  }

  /** {@code %#x} of an int. */
  Text hex(int value) {
    return hex(value & 0xffff_ffffL);
  }

  /** {@code %p}: zero has a prefix too. */
  Text pointer(long value) {
    put('0').put('x');
    return bareHex(value, 1);
  }

  /** {@code %0*jx}. */
  Text bareHex(long value, int width) {
    int length = Math.max(width, (67 - Long.numberOfLeadingZeros(value)) / 4);
    room(length);
    long rest = value;
    for (int i = used + length - 1; i >= used; i--) {
      buffer[i] = HEX_DIGITS[(int) rest & 0xf];
      rest >>>= 4;
    }
    used += length;
    return this;
  }

  /** {@code %#o} of an int. */
  Text octal(int value) {
    put('0');
    return value == 0 ? this : put(Integer.toOctalString(value));
  }
}
