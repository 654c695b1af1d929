package org.capemu.emulator.dump;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Names of values or of bits, in the order in which kdump(1) looks for them. */
final class NameTable {
  private record Row(long value, String name) {
    /** As it is printed. */
    byte[] bytes() {
      return name.getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  private final long[] values;
  private final byte[][] names;
  // The same, sorted by value; of names for one value only the first.
  private final long[] sortedValues;
  private final byte[][] sortedNames;

  private NameTable(Row[] rows) {
    values = Arrays.stream(rows).mapToLong(Row::value).toArray();
    names = Arrays.stream(rows).map(Row::bytes).toArray(byte[][]::new);
    Row[] sorted = rows.clone();
    Arrays.sort(sorted, Comparator.comparingLong(Row::value));
    int count = 0;
    for (Row row : sorted) {
      if (count == 0 || sorted[count - 1].value != row.value) {
        sorted[count++] = row;
      }
    }
    sortedValues = Arrays.stream(sorted, 0, count).mapToLong(Row::value).toArray();
    sortedNames = Arrays.stream(sorted, 0, count).map(Row::bytes).toArray(byte[][]::new);
  }

  /** Two lists of one length. */
  static NameTable of(List<Long> values, List<String> names) {
    Row[] rows = new Row[values.size()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = new Row(values.get(i), names.get(i));
    }
    return new NameTable(rows);
  }

  /** The name of a value; null if it has none. */
  byte[] nameOf(long value) {
    int at = Arrays.binarySearch(sortedValues, value);
    return at < 0 ? null : sortedNames[at];
  }

  /**
   * Prints the names of all bits that are set, separated by |. A name for no bits is printed only
   * if none is set at all. Names that share bits are printed once: the first takes them.
   *
   * @param separate whether something stands before the first name already
   * @return the bits without a name
   */
  long putMask(Text text, long mask, boolean separate) {
    long rest = mask;
    boolean separated = separate;
    for (int i = 0; i < values.length; i++) {
      long value = values[i];
      if ((value & rest) == value && (value != 0 || mask == 0)) {
        if (separated) {
          text.put('|');
        }
        text.put(names[i]);
        separated = true;
        rest &= ~value;
      }
    }
    return rest;
  }

  /** Whether {@link #putMask} of a mask, which gave this rest, printed anything. */
  boolean named(long mask, long rest) {
    return mask != rest || mask == 0 && nameOf(0) != null;
  }

  /** All bits that have a name. */
  long allBits() {
    long bits = 0;
    for (long value : values) {
      bits |= value;
    }
    return bits;
  }
}
