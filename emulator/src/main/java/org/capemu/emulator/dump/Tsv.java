package org.capemu.emulator.dump;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Tab-separated tables among the resources: comments begin with #, then a row of column names. */
final class Tsv {
  private static final char TAB = '\t';

  private Tsv() {}

  /** Hands over each row as its columns; the array is reused. */
  static void rows(Class<?> owner, String resource, int columns, Consumer<String[]> rows) {
    try (InputStream in = owner.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("no resource " + resource);
      }
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(in, StandardCharsets.ISO_8859_1));
      String[] row = new String[columns];
      boolean titles = true;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("#")) {
          continue;
        }
        if (!titles) {
          split(line, row);
          rows.accept(row);
        }
        titles = false;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void split(String line, String[] row) {
    int start = 0;
    for (int i = 0; i < row.length; i++) {
      int end = line.indexOf(TAB, start);
      if (end < 0) {
        end = line.length();
      }
      row[i] = line.substring(start, end);
      start = Math.min(end + 1, line.length());
    }
  }

  /** Reads a number in C's notation: decimal or 0x. Unsigned 64 bits. */
  static long number(String text) {
    return text.startsWith("0x")
        ? Long.parseUnsignedLong(text, 2, text.length(), 16)
        : Long.parseUnsignedLong(text);
  }
}
