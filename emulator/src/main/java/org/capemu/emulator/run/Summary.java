package org.capemu.emulator.run;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a run found: violations counted by place, and what could not be found. The memory needed
 * does not grow with the run. {@link SummaryText} and {@link SummaryJson} show it.
 */
final class Summary {
  private final Places places = new Places();
  private final long[] totals = new long[Place.Part.values().length];
  private final Map<String, Long> undecided = new TreeMap<>();
  private boolean incomplete;

  /** Counts one violation. */
  void add(Place place, Subject subject) {
    totals[place.part().ordinal()]++;
    places.add(place, subject);
  }

  /**
   * Counts one call of which not all could be decided.
   *
   * @param reason what could not be known: one of few
   */
  void undecided(String reason) {
    undecided.merge(reason, 1L, Long::sum);
  }

  /**
   * The trace could not be written to its end: what came after was neither recorded nor counted.
   */
  void incomplete() {
    incomplete = true;
  }

  /** How many violations are of a part. */
  long count(Place.Part part) {
    return totals[part.ordinal()];
  }

  /** How many violations are the program's own, and its children's that are followed. */
  long ofProgram() {
    return count(Place.Part.OWN);
  }

  Places places() {
    return places;
  }

  /** Calls of which not all could be decided, by the reason. */
  Map<String, Long> undecided() {
    return undecided;
  }

  boolean isIncomplete() {
    return incomplete;
  }

  /** The places of a part with their names, in the order of their first violations. */
  List<Map.Entry<Place, Subjects>> of(Place.Part part) {
    return places.all().entrySet().stream().filter(entry -> entry.getKey().part() == part).toList();
  }
}
