package org.capemu.emulator.diff;

import java.io.PrintStream;
import org.capemu.emulator.cli.Escape;
import org.capemu.emulator.dump.RecordText;

/** As diff(1): {@code <} is the first trace, {@code >} the second. */
final class TextDifferences implements DifferenceSink {
  private final PrintStream out;
  private final RecordText records = new RecordText(true);
  private long onlyLeft;
  private long onlyRight;
  private long changed;

  TextDifferences(PrintStream out) {
    this.out = out;
  }

  @Override
  public void onlyLeft(Entry left) {
    onlyLeft++;
    print('<', left);
  }

  @Override
  public void onlyRight(Entry right) {
    onlyRight++;
    print('>', right);
  }

  @Override
  public void changed(Entry left, Entry right) {
    changed++;
    print('<', left);
    print('>', right);
  }

  private void print(char side, Entry entry) {
    out.println(
        side
            + " record "
            + entry.number()
            + " at offset "
            + entry.offset()
            + ": "
            + records.of(entry.record(), entry.svFlags()).strip());
  }

  @Override
  public long end(String left, String right) {
    long all = onlyLeft + onlyRight + changed;
    if (all > 0) {
      out.println(
          all
              + (all == 1 ? " difference: " : " differences: ")
              + onlyLeft
              + " only in "
              + Escape.of(left)
              + ", "
              + onlyRight
              + " only in "
              + Escape.of(right)
              + ", "
              + changed
              + " changed");
    }
    return all;
  }

  @Override
  public void close() {}
}
