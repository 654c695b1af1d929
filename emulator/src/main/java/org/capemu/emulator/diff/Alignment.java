package org.capemu.emulator.diff;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Pairs the records of two traces thread by thread, as they come. Where they differ, both sides go
 * on to the nearest place from which on they agree.
 */
final class Alignment {
  /** How far that place is looked for. */
  private static final int WINDOW = 2048;

  /** So much at most waits for the other trace to have it: bytes, roughly. */
  private static final int MOST_WAITING = 16 << 20;

  /** So much is left of it then: to choose what to give up takes its time. */
  private static final int LEFT_WAITING = MOST_WAITING / 8 * 7;

  private static final int ENTRY_SIZE = 300;

  private static final int PAIR_SIZE = 300;

  /** So many equal records in a row are an agreement: one alone can be chance. */
  private static final int AGREEMENT = 3;

  /** What of a thread waits for its counterpart. */
  private static final class Pair {
    private List<Entry> left = new ArrayList<>(0);
    private List<Entry> right = new ArrayList<>(0);
    private int leftDone;
    private int rightDone;

    private int leftWaiting() {
      return left.size() - leftDone;
    }

    private int rightWaiting() {
      return right.size() - rightDone;
    }

    private int waiting() {
      return leftWaiting() + rightWaiting();
    }

    private void forgetDone() {
      left = withoutFirst(left, leftDone);
      leftDone = 0;
      right = withoutFirst(right, rightDone);
      rightDone = 0;
    }

    /** A list that is done with keeps no room: most threads end long before their trace does. */
    private static List<Entry> withoutFirst(List<Entry> entries, int count) {
      if (count == entries.size()) {
        return count == 0 ? entries : new ArrayList<>(0);
      }
      entries.subList(0, count).clear();
      return entries;
    }
  }

  private final DifferenceSink sink;
  private final Map<String, Pair> threads = new LinkedHashMap<>();
  private long waiting;

  Alignment(DifferenceSink sink) {
    this.sink = sink;
  }

  void left(Entry entry) throws IOException {
    Pair pair = pair(entry);
    pair.left.add(entry);
    added(entry, pair);
  }

  void right(Entry entry) throws IOException {
    Pair pair = pair(entry);
    pair.right.add(entry);
    added(entry, pair);
  }

  /** A thread of which nothing waits is forgotten: a trace may have a million of them. */
  private void added(Entry entry, Pair pair) throws IOException {
    waiting += size(entry);
    advance(pair, false);
    if (pair.waiting() == 0) {
      threads.remove(entry.thread());
    }
    if (waiting + (long) threads.size() * PAIR_SIZE > MOST_WAITING) {
      giveUpMost();
    }
  }

  private static int size(Entry entry) {
    return ENTRY_SIZE + entry.record().length() + entry.essence().length();
  }

  /** Gives up on the threads of which the most waits where too much does. */
  private void giveUpMost() throws IOException {
    List<Pair> longestFirst = new ArrayList<>(threads.values());
    longestFirst.sort(Comparator.comparingInt(Pair::waiting).reversed());
    long pairs = (long) threads.size() * PAIR_SIZE;
    for (Pair pair : longestFirst) {
      while (waiting + pairs > LEFT_WAITING && pair.waiting() > 0) {
        skip(pair, false);
        advance(pair, false);
      }
      pairs -= pair.waiting() == 0 ? PAIR_SIZE : 0;
    }
    threads.values().removeIf(pair -> pair.waiting() == 0);
  }

  /** Both traces are at their ends. */
  void end() throws IOException {
    for (Pair pair : threads.values()) {
      advance(pair, true);
    }
  }

  private Pair pair(Entry entry) {
    return threads.computeIfAbsent(entry.thread(), thread -> new Pair());
  }

  private void advance(Pair pair, boolean ended) throws IOException {
    while (true) {
      while (pair.leftWaiting() > 0
          && pair.rightWaiting() > 0
          && pair.left.get(pair.leftDone).matches(pair.right.get(pair.rightDone))) {
        waiting -= size(pair.left.get(pair.leftDone++));
        waiting -= size(pair.right.get(pair.rightDone++));
      }
      boolean enough = pair.leftWaiting() >= WINDOW && pair.rightWaiting() >= WINDOW;
      if (!enough && !(ended && pair.waiting() > 0)) {
        pair.forgetDone();
        return;
      }
      skip(pair, ended);
    }
  }

  /** Reports what lies before the nearest agreement: the least records of both sides together. */
  private void skip(Pair pair, boolean ended) throws IOException {
    int lefts = Math.min(pair.leftWaiting(), WINDOW);
    int rights = Math.min(pair.rightWaiting(), WINDOW);
    for (int distance = 1; distance <= lefts + rights; distance++) {
      for (int i = Math.max(0, distance - rights); i <= Math.min(lefts, distance); i++) {
        int j = distance - i;
        if (agree(pair, i, j, ended)) {
          report(pair, i, j);
          return;
        }
      }
    }
    report(pair, (lefts + 1) / 2, (rights + 1) / 2);
  }

  private static boolean agree(Pair pair, int i, int j, boolean ended) {
    int left = pair.leftDone + i;
    int right = pair.rightDone + j;
    for (int k = 0; k < AGREEMENT; k++) {
      boolean leftOver = left + k >= pair.left.size();
      boolean rightOver = right + k >= pair.right.size();
      if (leftOver || rightOver) {
        // at the end of both, as much as there is has to do
        return ended && leftOver && rightOver;
      }
      if (!pair.left.get(left + k).matches(pair.right.get(right + k))) {
        return false;
      }
    }
    return true;
  }

  /**
   * A record on either side that stands in the other's place is one difference; none if they match,
   * which was too little of an agreement to end the search.
   */
  private void report(Pair pair, int lefts, int rights) throws IOException {
    int i = 0;
    int j = 0;
    while (i < lefts || j < rights) {
      Entry left = i < lefts ? pair.left.get(pair.leftDone + i) : null;
      Entry right = j < rights ? pair.right.get(pair.rightDone + j) : null;
      boolean pairs =
          left != null && right != null && left.record().type() == right.record().type();
      if (pairs) {
        if (!left.matches(right)) {
          sink.changed(left, right);
        }
        i++;
        j++;
      } else if (left != null && (right == null || lefts - i >= rights - j)) {
        sink.onlyLeft(left);
        i++;
      } else {
        sink.onlyRight(right);
        j++;
      }
    }
    for (int k = 0; k < lefts; k++) {
      waiting -= size(pair.left.get(pair.leftDone++));
    }
    for (int k = 0; k < rights; k++) {
      waiting -= size(pair.right.get(pair.rightDone++));
    }
  }
}
