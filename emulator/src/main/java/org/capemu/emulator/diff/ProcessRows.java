package org.capemu.emulator.diff;

import com.carrotsearch.hppc.IntIntHashMap;
import java.util.Arrays;

/**
 * The latest process of each id, in columns: a trace may have a million of them. A process is known
 * by a key that is the same in another trace of the program, made of its parent's key and the
 * number of its fork by a hash of 64 bits.
 */
final class ProcessRows {
  private static final byte ANNOUNCED = 0;
  private static final byte LIVE = 1;
  private static final byte GONE = 2;
  private static final byte HAS_THREAD = 4;
  private static final byte STATE = 3;

  private static final int FIRST_SIZE = 64;
  private static final long ROOT = 0x9e3779b97f4a7c15L;

  private final IntIntHashMap rowsByPid = new IntIntHashMap();
  private long[] keys = new long[FIRST_SIZE];
  private long[] firstThreads = new long[FIRST_SIZE];
  private int[] forks = new int[FIRST_SIZE];
  private byte[] states = new byte[FIRST_SIZE];

  /** The key of a process whose parent is not in the trace. */
  static long rootKey(int number) {
    return mix(ROOT, number);
  }

  /** The finalizer of SplitMix64. */
  private static long mix(long parent, int number) {
    long z = parent + ROOT * (number + 1L);
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }

  /** -1 for an id that no process has had. */
  int row(int pid) {
    return rowsByPid.getOrDefault(pid, -1);
  }

  /** A process of this id begins, in the place of any earlier one; returns its row. */
  int begin(int pid, long key) {
    int row = row(pid);
    if (row < 0) {
      row = rowsByPid.size();
      rowsByPid.put(pid, row);
      if (row == keys.length) {
        int size = row + (row >> 1);
        keys = Arrays.copyOf(keys, size);
        firstThreads = Arrays.copyOf(firstThreads, size);
        forks = Arrays.copyOf(forks, size);
        states = Arrays.copyOf(states, size);
      }
    }
    keys[row] = key;
    forks[row] = 0;
    states[row] = ANNOUNCED;
    return row;
  }

  /** It has written a record. */
  void live(int row) {
    states[row] = (byte) (states[row] & ~STATE | LIVE);
  }

  void gone(int row) {
    states[row] = GONE;
  }

  boolean isLive(int row) {
    return (states[row] & STATE) == LIVE;
  }

  boolean isGone(int row) {
    return (states[row] & STATE) == GONE;
  }

  boolean hasThread(int row) {
    return (states[row] & HAS_THREAD) != 0;
  }

  /** The thread that wrote its first record: most processes have no other. */
  long firstThread(int row) {
    return firstThreads[row];
  }

  void firstThread(int row, long tid) {
    firstThreads[row] = tid;
    states[row] |= HAS_THREAD;
  }

  /** The key of the child of its next fork. */
  long nextChildKey(int row) {
    return mix(keys[row], ++forks[row]);
  }

  String name(int row) {
    return Long.toHexString(keys[row]);
  }
}
