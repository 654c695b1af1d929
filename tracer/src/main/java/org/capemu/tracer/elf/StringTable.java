package org.capemu.tracer.elf;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The names of a symbol table: SHT_STRTAB. Read piece by piece, never held. */
final class StringTable {
  /** C++ names get this long. */
  private static final int MAX_NAME = 1 << 16;

  /** Many names may end as the one that is looked for, and share its bytes. */
  private static final int MAX_PLACES = 1 << 16;

  private static final int PIECE = 1 << 16;

  private final BoundedReader reader;
  private final long offset;
  private final long size;

  StringTable(BoundedReader reader, Section section) {
    this.reader = reader;
    this.offset = section.offset();
    this.size = section.size();
  }

  /**
   * @param at unsigned
   */
  String name(int at) {
    long left = size - Integer.toUnsignedLong(at);
    return left <= 0
        ? ""
        : reader.name(offset + Integer.toUnsignedLong(at), Math.min(left, MAX_NAME));
  }

  /**
   * Where a name is, ascending: at each of these it begins and is ended by NUL. Linkers let a name
   * be the tail of another, so that it need not begin after a NUL.
   */
  int[] places(String name) {
    String wanted = name + '\0';
    int[] places = new int[8];
    int count = 0;
    byte[] piece = new byte[PIECE + wanted.length() - 1];
    int length = piece.length;
    for (long start = 0; start < size && length == piece.length; start += PIECE) {
      length = reader.read(offset + start, piece, 0, (int) Math.min(piece.length, size - start));
      String text = new String(piece, 0, length, StandardCharsets.ISO_8859_1);
      for (int at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
        if (count == MAX_PLACES) {
          return places;
        }
        if (count == places.length) {
          places = Arrays.copyOf(places, 2 * count);
        }
        places[count++] = (int) (start + at);
      }
    }
    return Arrays.copyOf(places, count);
  }
}
