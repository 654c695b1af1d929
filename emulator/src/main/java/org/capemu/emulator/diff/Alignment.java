package org.capemu.emulator.diff;

import java.io.IOException;
import java.util.ArrayList;
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

  /** So many equal records in a row are an agreement: one alone can be chance. */
  private static final int AGREEMENT = 3;

  /** What of a thread waits for its counterpart. */
  private static final class Pair {
    private final List<Entry> left = new ArrayList<>();
    private final List<Entry> right = new ArrayList<>();
    private int leftDone;
    private int rightDone;

    private int leftWaiting() {
      return left.size() - leftDone;
    }

    private int rightWaiting() {
      return right.size() - rightDone;
    }

    private void forgetDone() {
      if (leftDone > WINDOW || leftDone == left.size()) {
        left.subList(0, leftDone).clear();
        leftDone = 0;
      }
      if (rightDone > WINDOW || rightDone == right.size()) {
        right.subList(0, rightDone).clear();
        rightDone = 0;
      }
    }
  }

  private final DifferenceSink sink;
  private final Map<String, Pair> threads = new LinkedHashMap<>();

  Alignment(DifferenceSink sink) {
    this.sink = sink;
  }

  void left(Entry entry) throws IOException {
    Pair pair = pair(entry);
    pair.left.add(entry);
    advance(pair, false);
  }

  void right(Entry entry) throws IOException {
    Pair pair = pair(entry);
    pair.right.add(entry);
    advance(pair, false);
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
        pair.leftDone++;
        pair.rightDone++;
      }
      boolean enough = pair.leftWaiting() >= WINDOW && pair.rightWaiting() >= WINDOW;
      if (!enough && !(ended && pair.leftWaiting() + pair.rightWaiting() > 0)) {
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
    report(pair, Math.max(1, lefts / 2), Math.max(1, rights / 2));
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

  /** A record on either side that stands in the other's place is one difference. */
  private void report(Pair pair, int lefts, int rights) throws IOException {
    int i = 0;
    int j = 0;
    while (i < lefts || j < rights) {
      Entry left = i < lefts ? pair.left.get(pair.leftDone + i) : null;
      Entry right = j < rights ? pair.right.get(pair.rightDone + j) : null;
      boolean pairs =
          left != null && right != null && left.record().type() == right.record().type();
      if (pairs) {
        sink.changed(left, right);
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
    pair.leftDone = Math.min(pair.left.size(), pair.leftDone + lefts);
    pair.rightDone = Math.min(pair.right.size(), pair.rightDone + rights);
  }
}
