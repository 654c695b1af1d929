package org.capemu.emulator.run;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Violations counted by what the call of one place names. Which those are is known exactly until
 * {@link #fold}.
 */
final class Subjects {
  /** How often, and for how many names. */
  static final class Tally {
    long count;
    long names;

    /** Some of {@link #count} may have had other names. */
    boolean orMore;

    private void add(Tally other) {
      count += other.count;
      names += other.names;
      orMore |= other.orMore;
    }
  }

  /** In the order in which the names came. */
  private final Map<Subject, Tally> tallies = new LinkedHashMap<>();

  private boolean isFolded;

  /** Counts one of a name that is known, or that a folded one stands for; false if it is new. */
  boolean count(Subject subject) {
    Tally tally = tallies.get(subject);
    if (tally == null && isFolded) {
      for (int depth = subject.depth(); tally == null && depth >= 0; depth--) {
        tally = tallies.get(subject.folded(depth));
      }
      if (tally != null) {
        tally.orMore = true;
      }
    }
    if (tally != null) {
      tally.count++;
    }
    return tally != null;
  }

  /** Counts the first of a new name. */
  void add(Subject subject) {
    Tally tally = new Tally();
    tally.count = 1;
    tally.names = 1;
    tallies.put(subject, tally);
  }

  int size() {
    return tallies.size();
  }

  Map<Subject, Tally> tallies() {
    return tallies;
  }

  /** Takes over what others have counted. */
  void addAll(Subjects others) {
    others.tallies.forEach(
        (subject, tally) -> tallies.computeIfAbsent(subject, unused -> new Tally()).add(tally));
  }

  /** Forgets which names there were, those of the deepest directories first, until few are left. */
  void fold(int most) {
    Map<Subject, Tally> folded = folded(tallies, most, 2, 0, 0);
    tallies.clear();
    tallies.putAll(folded);
    isFolded = true;
  }

  /**
   * Names in fewer lines: those of one directory become one if there are enough of them, the
   * deepest directory first.
   *
   * @param most no more is folded if it is not more than this
   * @param alike as many as this in one directory are folded
   * @param shallowest no directory above this depth is folded
   * @param lifted above this depth a directory does not stand for those in it, which would say
   *     little
   */
  static Map<Subject, Tally> folded(
      Map<Subject, Tally> tallies, int most, int alike, int shallowest, int lifted) {
    Map<Subject, Tally> left = tallies;
    int deepest = tallies.keySet().stream().mapToInt(Subject::depth).max().orElse(0);
    for (int depth = deepest; depth >= shallowest && left.size() > most; depth--) {
      left = foldedAt(depth, depth < lifted ? depth : Integer.MAX_VALUE, left, alike);
    }
    return left;
  }

  /** Folds what lies in directories of one depth, up to a depth. */
  private static Map<Subject, Tally> foldedAt(
      int depth, int deepest, Map<Subject, Tally> tallies, int alike) {
    Map<Subject, Tally> folders = new LinkedHashMap<>();
    tallies.forEach(
        (subject, tally) -> {
          if (subject.depth() >= depth && subject.depth() <= deepest) {
            folders.computeIfAbsent(subject.folded(depth), unused -> new Tally()).add(tally);
          }
        });
    folders.values().removeIf(tally -> tally.names < alike);
    Map<Subject, Tally> folded = new LinkedHashMap<>(folders);
    tallies.forEach(
        (subject, tally) -> {
          if (subject.depth() < depth
              || subject.depth() > deepest
              || !folders.containsKey(subject.folded(depth))) {
            folded.put(subject, tally);
          }
        });
    return folded;
  }
}
