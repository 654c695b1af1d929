package org.capemu.emulator.dump;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Text on its way out, one byte a char (ISO-8859-1), in the conversions of printf(3) that kdump(1)
 * uses. Allocates nothing. What cannot be written throws {@link UncheckedIOException}.
 */
final class Text {
  private static final int SIZE = 128 << 10;
  private static final int LONGEST_NUMBER = 24;
  private static final byte[] HEX_DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private final OutputStream out;
  private final byte[] buffer = new byte[SIZE];
  private int used;

  Text(OutputStream out) {
    this.out = out;
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

  /** {@code %s}: up to a NUL, at most {@code limit} bytes. */
  Text putString(byte[] text, int offset, int limit) {
    int length = 0;
    while (length < limit && text[offset + length] != 0) {
      length++;
    }
    return put(text, offset, length);
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
    int length = 1;
    for (long rest = value / 10; rest != 0; rest /= 10) {
      length++;
    }
    long rest = value;
    for (int i = used + length - 1; i >= used; i--) {
      buffer[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    used += length;
    return this;
  }

  /** {@code %0*jd}. */
  Text zeroPadded(long value, int width) {
    if (value < 0) {
      put('-');
    }
    pad('0', width - digits(value) - (value < 0 ? 1 : 0));
    return unsigned(Math.abs(value));
  }

  /** {@code %*d}. */
  Text rightAligned(int value, int width) {
    pad(' ', width - digits(Math.abs((long) value)) - (value < 0 ? 1 : 0));
    return decimal(value);
  }

  /** {@code %-*s}. */
  Text leftAligned(byte[] text, int offset, int length, int width) {
    put(text, offset, length);
    return pad(' ', width - length);
  }

  private Text pad(char c, int count) {
    for (int i = 0; i < count; i++) {
      put(c);
    }
    return this;
  }

  private static int digits(long value) {
    int count = 1;
    for (long rest = value / 10; rest != 0; rest /= 10) {
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
