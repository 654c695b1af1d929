package org.capemu.emulator.diff;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Says which processes of two traces are the same where no fork(2) tells: those that did the same,
 * and of the rest, in the order in which they appear, those with which the least is different.
 */
final class RootPairs {
  /** So far from its own place a process is looked for. */
  private static final int WINDOW = 64;

  private static final int NONE = -1;

  private RootPairs() {}

  /**
   * @return for each root of the right trace the number of the left one that it is, or a number
   *     that no left one has
   */
  static int[] rightToLeft(RootTraces left, RootTraces right) {
    int[] leftOf = new int[right.size()];
    Arrays.fill(leftOf, NONE);
    boolean[] leftTaken = new boolean[left.size()];
    pairEqual(left, right, leftOf, leftTaken);
    pairRest(left, right, leftOf, leftTaken);
    int next = left.size();
    for (int i = 0; i < leftOf.length; i++) {
      leftOf[i] = leftOf[i] == NONE ? next++ : leftOf[i];
    }
    return leftOf;
  }

  private static void pairEqual(
      RootTraces left, RootTraces right, int[] leftOf, boolean[] leftTaken) {
    // Those of the left trace that are near enough and not yet taken, by what they did.
    Map<Long, Deque<Integer>> near = new HashMap<>();
    int entered = 0;
    for (int i = 0; i < right.size(); i++) {
      for (; entered < Math.min(left.size(), i + WINDOW); entered++) {
        near.computeIfAbsent(left.sum(entered), sum -> new ArrayDeque<>(1)).add(entered);
      }
      int far = i - WINDOW;
      if (far >= 0 && far < entered && !leftTaken[far]) {
        takeFirst(near, left.sum(far));
      }
      int same = takeFirst(near, right.sum(i));
      if (same != NONE) {
        leftOf[i] = same;
        leftTaken[same] = true;
      }
    }
  }

  private static int takeFirst(Map<Long, Deque<Integer>> near, long sum) {
    Deque<Integer> same = near.get(sum);
    if (same == null) {
      return NONE;
    }
    int first = same.remove();
    if (same.isEmpty()) {
      near.remove(sum);
    }
    return first;
  }

  private static void pairRest(
      RootTraces left, RootTraces right, int[] leftOf, boolean[] leftTaken) {
    int[] lefts = free(left.size(), i -> !leftTaken[i]);
    int[] rights = free(right.size(), i -> leftOf[i] == NONE);
    int doneLeft = 0;
    int doneRight = 0;
    while (doneLeft < lefts.length && doneRight < rights.length) {
      int[] l = Arrays.copyOfRange(lefts, doneLeft, Math.min(lefts.length, doneLeft + WINDOW));
      int[] r = Arrays.copyOfRange(rights, doneRight, Math.min(rights.length, doneRight + WINDOW));
      align(left, right, l, r, leftOf);
      doneLeft += l.length;
      doneRight += r.length;
    }
  }

  private static int[] free(int size, IntPredicate test) {
    return IntStream.range(0, size).filter(test).toArray();
  }

  /** An alignment in which the least is different: what is left out differs as a whole. */
  private static void align(RootTraces left, RootTraces right, int[] l, int[] r, int[] leftOf) {
    long[][] cost = new long[l.length + 1][r.length + 1];
    for (int i = l.length; i >= 0; i--) {
      for (int j = r.length; j >= 0; j--) {
        if (i < l.length && j < r.length) {
          cost[i][j] =
              Math.min(
                  cost[i + 1][j + 1] + left.difference(l[i], right, r[j]),
                  Math.min(cost[i + 1][j] + left.count(l[i]), cost[i][j + 1] + right.count(r[j])));
        } else if (i < l.length) {
          cost[i][j] = cost[i + 1][j] + left.count(l[i]);
        } else if (j < r.length) {
          cost[i][j] = cost[i][j + 1] + right.count(r[j]);
        }
      }
    }
    int i = 0;
    int j = 0;
    while (i < l.length && j < r.length) {
      if (cost[i][j] == cost[i + 1][j + 1] + left.difference(l[i], right, r[j])) {
        leftOf[r[j++]] = l[i++];
      } else if (cost[i][j] == cost[i + 1][j] + left.count(l[i])) {
        i++;
      } else {
        j++;
      }
    }
  }
}
