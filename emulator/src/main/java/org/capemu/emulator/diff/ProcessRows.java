package org.capemu.emulator.diff;

import com.carrotsearch.hppc.IntIntHashMap;
import java.util.Arrays;

/**
 * The latest process of each id, in columns: a trace may have a million of them. A process is known
 * by the number of its root, the ancestor that no known process made, and a key that is the same in
 * another trace of the program: a hash of 64 bits, made of its parent's key and the number of its
 * fork.
 */
final class ProcessRows {
  private static final byte ANNOUNCED = 0;
  private static final byte LIVE = 1;
  private static final byte GONE = 2;
  private static final byte HAS_THREAD = 4;
  private static final byte STATE = 3;

  /** In a process's name. */
  static final char AFTER_ROOT = '.';

  private static final int FIRST_SIZE = 64;
  private static final long ROOT = 0x9e3779b97f4a7c15L;

  private final IntIntHashMap rowsByPid = new IntIntHashMap();
  private int[] roots = new int[FIRST_SIZE];
  private long[] keys = new long[FIRST_SIZE];
  private long[] firstThreads = new long[FIRST_SIZE];
  private int[] forks = new int[FIRST_SIZE];
  private byte[] states = new byte[FIRST_SIZE];

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

  /**
   * A process begins whose parent is not in the trace; returns its row.
   *
   * @param number of the root
   */
  int beginRoot(int pid, int number) {
    return begin(pid, number, ROOT);
  }

  /** The child of a process's next fork begins; returns its row. */
  int beginChild(int pid, int parent) {
    return begin(pid, roots[parent], mix(keys[parent], ++forks[parent]));
  }

  /** A process of this id begins, in the place of any earlier one. */
  private int begin(int pid, int root, long key) {
    int row = row(pid);
    if (row < 0) {
      row = rowsByPid.size();
      rowsByPid.put(pid, row);
      if (row == keys.length) {
        int size = row + (row >> 1);
        roots = Arrays.copyOf(roots, size);
        keys = Arrays.copyOf(keys, size);
        firstThreads = Arrays.copyOf(firstThreads, size);
        forks = Arrays.copyOf(forks, size);
        states = Arrays.copyOf(states, size);
      }
    }
    roots[row] = root;
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

  String name(int row) {
    return Integer.toString(roots[row]) + AFTER_ROOT + Long.toHexString(keys[row]);
  }
}
