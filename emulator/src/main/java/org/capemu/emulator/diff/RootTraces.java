package org.capemu.emulator.diff;

import java.util.Arrays;

/**
 * What each process that no known one made has left in a trace, in a few bytes: with its children,
 * whatever the order of its threads. They are numbered in the order in which they appear.
 */
final class RootTraces {
  private static final int BUCKETS = 8;
  private static final int MOST = 0xff;

  private int size;
  private int[] counts = new int[16];
  private long[] sums = new long[16];

  /** How many of its records fall into each of eight kinds, a byte for each. */
  private long[] kinds = new long[16];

  /** Reads a trace to its end. */
  static RootTraces of(Side side) {
    RootTraces roots = new RootTraces();
    Entry entry;
    while ((entry = side.next()) != null) {
      roots.add(ProcessKeys.rootOf(entry.thread()), entry);
    }
    return roots;
  }

  void add(int root, Entry entry) {
    if (root >= counts.length) {
      int room = Math.max(root + 1, 2 * counts.length);
      counts = Arrays.copyOf(counts, room);
      sums = Arrays.copyOf(sums, room);
      kinds = Arrays.copyOf(kinds, room);
    }
    size = Math.max(size, root + 1);
    long hash =
        mixed(31L * ProcessKeys.withinRoot(entry.thread()).hashCode() + entry.essence().hashCode());
    counts[root]++;
    sums[root] += hash;
    int shift = (int) (hash >>> 61) * Byte.SIZE;
    if ((kinds[root] >>> shift & MOST) < MOST) {
      kinds[root] += 1L << shift;
    }
  }

  /** The finalizer of MurmurHash3: sums of what it gives are as good as different. */
  private static long mixed(long value) {
    long mixed = (value ^ value >>> 33) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
    return mixed ^ mixed >>> 33;
  }

  int size() {
    return size;
  }

  int count(int root) {
    return counts[root];
  }

  /** Equal for two that have the same records. */
  long sum(int root) {
    return sums[root];
  }

  /** So many records at least are in one and not in the other. */
  long difference(int root, RootTraces other, int otherRoot) {
    int different = 0;
    for (int i = 0; i < BUCKETS; i++) {
      int shift = i * Byte.SIZE;
      different +=
          Math.abs(
              (int) (kinds[root] >>> shift & MOST)
                  - (int) (other.kinds[otherRoot] >>> shift & MOST));
    }
    return Math.max(different, Math.abs(counts[root] - other.counts[otherRoot]));
  }
}
