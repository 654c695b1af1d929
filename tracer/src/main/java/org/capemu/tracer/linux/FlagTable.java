package org.capemu.tracer.linux;

import java.util.List;

/** Bits that are translated one by one; those without counterpart are dropped. */
final class FlagTable implements ConstantTable {
  private final long pass;
  private final long[] linuxBits;
  private final long[] freeBsdBits;

  FlagTable(long pass, List<ConstantTables.Row> rows) {
    this.pass = pass;
    linuxBits = new long[rows.size()];
    freeBsdBits = new long[rows.size()];
    for (int i = 0; i < linuxBits.length; i++) {
      ConstantTables.Row row = rows.get(i);
      linuxBits[i] = row.linux();
      freeBsdBits[i] = row.freeBsd() == null ? 0 : row.freeBsd();
    }
  }

  @Override
  public long toFreeBsd(long linux) {
    long rest = linux;
    long flags = linux & pass;
    for (int i = 0; i < linuxBits.length; i++) {
      if ((rest & linuxBits[i]) == linuxBits[i]) {
        flags |= freeBsdBits[i];
        rest &= ~linuxBits[i];
      }
    }
    return flags;
  }

  @Override
  public boolean hasCounterpart(long linux) {
    return true;
  }
}
