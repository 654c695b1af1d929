package org.capemu.emulator.run;

import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Violations counted by place, in bounded memory however many places and names there are: first the
 * names of the place that has the most become directories, then places are only counted by their
 * kind.
 */
final class Places {
  private static final int MOST_PLACES = 1024;
  private static final int MOST_NAMES = 4096;

  /** Names that are left of a place whose names are folded. */
  private static final int FOLDED = 8;

  /** In the order of their first violations. */
  private final Map<Place, Subjects> places = new LinkedHashMap<>();

  private final Map<Place.Part, Map<String, Long>> elsewhere = new EnumMap<>(Place.Part.class);
  private int names;

  /** Counts one violation. */
  void add(Place place, Subject subject) {
    Subjects subjects = places.get(place);
    if (subjects != null && subjects.count(subject)) {
      return;
    }
    if (names == MOST_NAMES) {
      foldLargest();
      if (subjects != null && subjects.count(subject)) {
        return;
      }
    }
    if (names == MOST_NAMES || subjects == null && places.size() == MOST_PLACES) {
      elsewhere
          .computeIfAbsent(place.part(), unused -> new TreeMap<>())
          .merge(place.kind(), 1L, Long::sum);
      return;
    }
    if (subjects == null) {
      subjects = new Subjects();
      places.put(place, subjects);
    }
    subjects.add(subject);
    names++;
  }

  private void foldLargest() {
    Subjects largest =
        places.values().stream().max(Comparator.comparingInt(Subjects::size)).orElseThrow();
    int before = largest.size();
    if (before > FOLDED) {
      largest.fold(FOLDED);
      names -= before - largest.size();
    }
  }

  /** In the order of their first violations. */
  Map<Place, Subjects> all() {
    return places;
  }

  /** Violations in places that are not told apart any more, by kind. */
  Map<String, Long> elsewhere(Place.Part part) {
    return elsewhere.getOrDefault(part, Map.of());
  }
}
