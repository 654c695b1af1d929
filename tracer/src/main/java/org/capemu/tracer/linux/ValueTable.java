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
    rows.removeIf(row -> row.freeBsd() == null);
    rows.sort((a, b) -> Integer.compare((int) a.linux(), (int) b.linux()));
    linux = new int[rows.size()];
    freeBsd = new long[rows.size()];
    for (int i = 0; i < linux.length; i++) {
      linux[i] = (int) rows.get(i).linux();
      freeBsd[i] = rows.get(i).freeBsd();
    }
  }

  @Override
  public long toFreeBsd(long value) {
    int row = rowOf(value);
    if (row >= 0) {
      return freeBsd[row] | (value & pass);
    }
    return otherwise == Else.SAME ? value & 0xffff_ffffL : fixed;
  }

  @Override
  public boolean hasCounterpart(long value) {
    return otherwise != Else.NONE || rowOf(value) >= 0;
  }

  private int rowOf(long value) {
    return Arrays.binarySearch(linux, (int) (value & ~pass & ~ignore));
  }
}
