package org.capemu.emulator.run;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.capemu.emulator.cli.Escape;
import org.capemu.emulator.dump.KernelNames;

/**
 * The summary for a person. A line for each place:
 *
 * <pre>
 *   COUNT  ERROR  CALL WHAT-IT-NAMES: KIND
 * </pre>
 *
 * <p>What a traced program chose is escaped.
 */
final class SummaryText {
  /** Lines of one program. */
  private static final int SHOWN = 20;

  /** More names than this are folded by directory, if so many are alike. */
  private static final int MOST_NAMES = 8;

  private static final int ALIKE = 4;

  /** {@code /usr/share/*} says something, {@code /usr/*} only of what is in that itself. */
  private static final int LIFTED = 3;

  private final Summary summary;
  private final RunEnd end;
  private final List<String> lines = new ArrayList<>();

  private SummaryText(Summary summary, RunEnd end) {
    this.summary = summary;
    this.end = end;
  }

  private record Line(Place place, Subject subject, Subjects.Tally tally) {}

  /** The programs of a part: those of the children apart. */
  private record Program(String name, boolean isChild) {}

  /**
   * The lines of the summary, escaped, without line ends.
   *
   * @param listsStartUp the places of start-up as well
   */
  static List<String> lines(Summary summary, RunEnd end, boolean listsStartUp) {
    SummaryText text = new SummaryText(summary, end);
    text.putFirst();
    text.putPrograms(Place.Part.OWN);
    text.putStartUp(listsStartUp);
    text.putLinuxOnly();
    text.putUnknown();
    return text.lines;
  }

  private void putFirst() {
    String told = end.early() ? " so far" : end.appended() ? " in this run" : "";
    String trace = "; trace in " + Escape.of(end.trace());
    long count = summary.ofProgram();
    if (count > 0) {
      long places = 0;
      boolean more = !summary.places().elsewhere(Place.Part.OWN).isEmpty();
      for (Map.Entry<Place, Subjects> place : summary.of(Place.Part.OWN)) {
        for (Subjects.Tally tally : place.getValue().tallies().values()) {
          places += tally.names;
          more |= tally.orMore;
        }
      }
      put(
          "capemu: %s in %s%s%s%s",
          counted(count, "violation"),
          more ? "more than " : "",
          counted(places, "place"),
          told,
          trace);
      return;
    }
    if (!end.reached()) {
      put(
          "capemu: no violations found%s, but %s was not reached%s",
          told, Escape.of(end.moment()), trace);
      return;
    }
    List<String> doubts = new ArrayList<>();
    if (summary.isIncomplete()) {
      doubts.add("recorded");
    }
    if (!summary.undecided().isEmpty()) {
      doubts.add("decided");
    }
    if (end.untraced().count() > 0) {
      doubts.add("traced");
    }
    put(
        doubts.isEmpty() ? "capemu: no violations%s%s%s" : "capemu: no violations found%s, %s%s",
        told,
        doubts.isEmpty() ? "" : "but not all was " + String.join(" and ", doubts),
        trace);
  }

  /** The lines of a part, by program: the program's own first, then its children's. */
  private void putPrograms(Place.Part part) {
    Map<Program, List<Line>> programs = new LinkedHashMap<>();
    for (Map.Entry<Place, Subjects> entry : summary.of(part)) {
      Place place = entry.getKey();
      programs
          .computeIfAbsent(
              new Program(place.program(), place.isChild()), unused -> new ArrayList<>())
          .addAll(lines(place, entry.getValue()));
    }
    programs.entrySet().stream()
        .sorted(
            Comparator.comparing((Map.Entry<Program, List<Line>> program) -> isChild(program))
                .thenComparing(program -> -sum(program.getValue())))
        .forEach(
            program -> {
              put(
                  "  %s%s: %d",
                  Escape.of(program.getKey().name()),
                  isChild(program) ? " (child)" : "",
                  sum(program.getValue()));
              putLines(program.getValue());
            });
    summary
        .places()
        .elsewhere(part)
        .forEach((kind, count) -> put("  in places not told apart, %s: %d", kind, count));
  }

  private static boolean isChild(Map.Entry<Program, List<Line>> program) {
    return program.getKey().isChild();
  }

  private static long sum(List<Line> lines) {
    return lines.stream().mapToLong(line -> line.tally().count).sum();
  }

  private static List<Line> lines(Place place, Subjects subjects) {
    return Subjects.folded(subjects.tallies(), MOST_NAMES, ALIKE, 1, LIFTED).entrySet().stream()
        .map(entry -> new Line(place, entry.getKey(), entry.getValue()))
        .toList();
  }

  private void putLines(List<Line> all) {
    all.stream()
        .sorted(Comparator.comparingLong(line -> -line.tally().count))
        .limit(SHOWN)
        .forEach(this::putLine);
    if (all.size() > SHOWN) {
      put("             and %d more, see capemu dump -t p", all.size() - SHOWN);
    }
  }

  private void putLine(Line line) {
    Place place = line.place();
    String kind = place.detail().isEmpty() ? place.kind() : place.kind() + ": " + place.detail();
    put(
        "    %7d  %-11s  %s%s: %s",
        line.tally().count,
        KernelNames.error(place.errno()),
        Escape.of(place.call()),
        named(line.subject(), line.tally()),
        Escape.of(place.instead() == null ? kind : place.instead()));
  }

  private static String named(Subject subject, Subjects.Tally tally) {
    if (!subject.isFolded()) {
      return subject.text().isEmpty() ? "" : " " + quoted(subject, "");
    }
    return " %s (%d %s%s)"
        .formatted(
            quoted(subject, "*"),
            tally.names,
            tally.names == 1 ? "name" : "names",
            tally.orMore ? " or more" : "");
  }

  /** A quote in a path cannot pass for its end. */
  private static String quoted(Subject subject, String rest) {
    String text = Escape.of(subject.text()) + rest;
    return subject.isPath() ? '"' + text.replace("\"", "\\\"") + '"' : text;
  }

  private void putStartUp(boolean listed) {
    long count = summary.count(Place.Part.START_UP);
    if (count > 0) {
      put(
          "  start-up, before %s: %d (not counted%s)",
          Escape.of(end.moment()),
          count,
          listed ? "" : count == 1 ? "; --startup lists it" : "; --startup lists them");
      if (listed) {
        putLines(linesOf(Place.Part.START_UP));
      }
    }
  }

  private void putLinuxOnly() {
    long count = summary.count(Place.Part.LINUX_ONLY);
    if (count > 0) {
      put(
          "  Linux's own, not met on FreeBSD: %d of %d (not counted)",
          count, count + summary.ofProgram());
      putLines(linesOf(Place.Part.LINUX_ONLY));
    }
  }

  /** The lines of a part of which it does not matter whose they are. */
  private List<Line> linesOf(Place.Part part) {
    Map<Place, Subjects> ofAll = new LinkedHashMap<>();
    for (Map.Entry<Place, Subjects> entry : summary.of(part)) {
      ofAll
          .computeIfAbsent(entry.getKey().ofAnyProgram(), unused -> new Subjects())
          .addAll(entry.getValue());
    }
    return ofAll.entrySet().stream()
        .flatMap(entry -> lines(entry.getKey(), entry.getValue()).stream())
        .toList();
  }

  private void putUnknown() {
    if (summary.isIncomplete()) {
      put("  the trace is not complete: what came after it is not counted");
    }
    if (!summary.undecided().isEmpty()) {
      put(
          "  calls that could not be decided: %d",
          summary.undecided().values().stream().mapToLong(Long::longValue).sum());
      summary.undecided().forEach((reason, count) -> put("    %7d  %s", count, Escape.of(reason)));
    }
    long untraced = end.untraced().count();
    if (untraced > 0) {
      put(
          "  %s ran untraced (-i traces them)%s",
          untraced == 1 ? "1 process" : untraced + " processes",
          end.untraced().programs().isEmpty()
              ? ""
              : ": " + Escape.of(String.join(", ", end.untraced().programs())));
    }
    end.unseen().forEach(sentence -> put("  %s", Escape.of(sentence)));
  }

  private static String counted(long count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }

  private void put(String format, Object... values) {
    lines.add(format.formatted(values));
  }
}
