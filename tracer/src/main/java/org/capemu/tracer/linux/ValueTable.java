package org.capemu.tracer.linux;

import java.util.Arrays;
import java.util.List;

/** One value for another. Looks at the lower 32 bits only, as C does with an int. */
final class ValueTable implements ConstantTable {
  /** What becomes of a value without row. */
  enum Else {
    SAME,
    NONE,
    FIXED
  }

  private final long pass;
  private final long ignore;
  private final Else otherwise;
  private final long fixed;
  private final int[] linux;
  private final long[] freeBsd;

  ValueTable(long pass, long ignore, Else otherwise, long fixed, List<ConstantTables.Row> rows) {
    this.pass = pass;
    this.ignore = ignore;
    this.otherwise = otherwise;
    this.fixed = fixed;
    List<ConstantTables.Row> sorted =
        rows.stream()
            .filter(row -> row.freeBsd() != null)
            .sorted((a, b) -> Integer.compare((int) a.linux(), (int) b.linux()))
            .toList();
    linux = sorted.stream().mapToInt(row -> (int) row.linux()).toArray();
    freeBsd = sorted.stream().mapToLong(ConstantTables.Row::freeBsd).toArray();
  }

  @Override
  public long toFreeBsd(long value) {
    int row = rowOf(value);
    if (row >= 0) {
      return freeBsd[row] | (value & pass);
    }
    return otherwise == Else.SAME ? (int) value : fixed;
  }

  @Override
  public boolean hasCounterpart(long value) {
    return otherwise != Else.NONE || rowOf(value) >= 0;
  }

  private int rowOf(long value) {
    return Arrays.binarySearch(linux, (int) (value & ~pass & ~ignore));
  }
}
