package org.capemu.emulator.diff;

import java.io.Closeable;
import java.io.IOException;

/** Takes differences as they are found, a thread's in their order. */
interface DifferenceSink extends Closeable {
  void onlyLeft(Entry left) throws IOException;

  void onlyRight(Entry right) throws IOException;

  void changed(Entry left, Entry right) throws IOException;

  /** Says how many there were, if any, and returns it. */
  long end(String left, String right) throws IOException;
}
