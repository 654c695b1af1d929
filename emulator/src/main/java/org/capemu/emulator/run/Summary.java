package org.capemu.emulator.run;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.capemu.emulator.cli.Escape;
import org.capemu.policy.Violation;

/**
 * What a run found, for a person: violations counted by place. A place is a call of one program
 * that violates in one way; paths and addresses are not told apart (the first is kept as an
 * example), and after so many places as no person reads only their kinds are: the memory needed
 * does not grow with the run.
 */
final class Summary {
  /** Places told apart. */
  private static final int MOST_PLACES = 1024;

  /** Places shown for each kind. */
  private static final int SHOWN = 10;

  private record Place(String kind, String command, String call, String detail) {}

  private static final class Tally {
    long count;
    final String example;

    Tally(String example) {
      this.example = example;
    }
  }

  private final Map<Place, Tally> places = new HashMap<>();
  private final Map<String, Long> undecided = new TreeMap<>();

  /** Violations in places that are not told apart any more, by kind. */
  private final Map<String, Long> elsewhere = new HashMap<>();

  private long total;
  private long ofProgram;

  /**
   * Counts one violation.
   *
   * @param path the path that the call looks up; null if it looks up none
   * @param phase whether it belongs to start-up, which no program can do without
   */
  void add(String command, String call, Violation violation, String path, Phase phase) {
    total++;
    ofProgram += phase == Phase.PROGRAM ? 1 : 0;
    Place place = new Place(Kinds.kind(violation), command, call, Kinds.detail(call, violation));
    Tally tally = places.get(place);
    if (tally == null) {
      if (places.size() == MOST_PLACES) {
        elsewhere.merge(place.kind(), 1L, Long::sum);
        return;
      }
      tally = new Tally(path);
      places.put(place, tally);
    }
    tally.count++;
  }

  /**
   * Counts one call of which not all could be decided.
   *
   * @param reason what could not be known: one of few
   */
  void undecided(String reason) {
    undecided.merge(reason, 1L, Long::sum);
  }

  /** How many of the violations are the program's own. */
  long ofProgram() {
    return ofProgram;
  }

  /**
   * The lines of the summary, escaped, without line ends.
   *
   * @param early the program still ran when this was known
   */
  List<String> lines(String file, boolean early) {
    return unescaped(file, early).stream().map(Escape::of).toList();
  }

  private List<String> unescaped(String file, boolean early) {
    List<String> lines = new ArrayList<>();
    long undecidedCalls = undecided.values().stream().mapToLong(Long::longValue).sum();
    if (total == 0) {
      lines.add(
          undecidedCalls == 0
              ? "capemu: no violations%s; trace in %s".formatted(soFar(early), file)
              : "capemu: no violations found%s, but not all was decided; trace in %s"
                  .formatted(soFar(early), file));
    } else {
      addViolations(lines, file, early);
    }
    if (undecidedCalls > 0) {
      lines.add("  calls that could not be decided: " + undecidedCalls);
      undecided.forEach((reason, count) -> lines.add("    %7d  %s".formatted(count, reason)));
    }
    return lines;
  }

  private void addViolations(List<String> lines, String file, boolean early) {
    lines.add(
        "capemu: %d violation%s in %s%d place%s%s; trace in %s"
            .formatted(
                total,
                total == 1 ? "" : "s",
                elsewhere.isEmpty() ? "" : "more than ",
                places.size(),
                places.size() == 1 ? "" : "s",
                soFar(early),
                file));
    Map<String, List<Map.Entry<Place, Tally>>> kinds = new HashMap<>();
    elsewhere.keySet().forEach(kind -> kinds.put(kind, new ArrayList<>()));
    for (Map.Entry<Place, Tally> entry : places.entrySet()) {
      kinds.computeIfAbsent(entry.getKey().kind(), unused -> new ArrayList<>()).add(entry);
    }
    Comparator<Map.Entry<Place, Tally>> mostFrequent =
        Comparator.comparingLong((Map.Entry<Place, Tally> entry) -> -entry.getValue().count)
            .thenComparing(entry -> entry.getKey().toString());
    kinds.entrySet().stream()
        .sorted(
            Comparator.comparingLong(
                    (Map.Entry<String, List<Map.Entry<Place, Tally>>> kind) -> -sum(kind))
                .thenComparing(Map.Entry::getKey))
        .forEach(
            kind -> {
              lines.add("  %s: %d".formatted(kind.getKey(), sum(kind)));
              List<Map.Entry<Place, Tally>> sorted =
                  kind.getValue().stream().sorted(mostFrequent).toList();
              for (Map.Entry<Place, Tally> entry :
                  sorted.subList(0, Math.min(SHOWN, sorted.size()))) {
                lines.add(line(entry));
              }
              if (sorted.size() > SHOWN) {
                lines.add("           and %d more places".formatted(sorted.size() - SHOWN));
              }
              if (elsewhere.containsKey(kind.getKey())) {
                lines.add(
                    "    %7d  in places not told apart".formatted(elsewhere.get(kind.getKey())));
              }
            });
  }

  private static String soFar(boolean early) {
    return early ? " so far" : "";
  }

  private long sum(Map.Entry<String, List<Map.Entry<Place, Tally>>> kind) {
    long told = kind.getValue().stream().mapToLong(entry -> entry.getValue().count).sum();
    return told + elsewhere.getOrDefault(kind.getKey(), 0L);
  }

  private static String line(Map.Entry<Place, Tally> entry) {
    Place place = entry.getKey();
    Tally tally = entry.getValue();
    StringBuilder line = new StringBuilder();
    line.append("    %7d  %s: %s".formatted(tally.count, place.command(), place.call()));
    if (!place.detail().isEmpty()) {
      line.append(", ").append(place.detail());
    }
    if (tally.example != null) {
      line.append(tally.count == 1 ? " \"" : " e.g. \"").append(tally.example).append('"');
    }
    return line.toString();
  }
}
