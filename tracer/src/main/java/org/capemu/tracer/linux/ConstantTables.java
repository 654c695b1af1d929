package org.capemu.tracer.linux;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** constants.txt, which explains its own form. A table is made when it is first asked for. */
final class ConstantTables {
  private static final ConstantTables LOADED =
      new ConstantTables(TextResource.lines(ConstantTables.class, "constants.txt"));

  /**
   * @param freeBsd null where there is no counterpart
   */
  record Row(long linux, Long freeBsd) {}

  /**
   * A table as it stands in the text.
   *
   * @param head its kind, its name and what its kind adds
   */
  private record Section(List<String> head, List<String> body) {}

  private final Map<String, Section> sections = new HashMap<>();
  private final Map<String, ConstantTable> tables = new HashMap<>();
  private final Map<String, Long> linux = new HashMap<>();
  private final Map<String, Long> freeBsd = new HashMap<>();

  private ConstantTables(List<String> lines) {
    for (int at = 0; at < lines.size(); ) {
      List<String> head = List.of(TextResource.words(lines.get(at)));
      int end = at + 1;
      while (end < lines.size() && lines.get(end).startsWith(" ")) {
        end++;
      }
      List<String> body = lines.subList(at + 1, end);
      switch (head.get(0)) {
        case "linux" -> readNames(body, linux);
        case "freebsd" -> readNames(body, freeBsd);
        default -> {
          if (sections.put(head.get(1), new Section(head, body)) != null) {
            throw new IllegalArgumentException("twice: " + head.get(1));
          }
        }
      }
      at = end;
    }
  }

  static ConstantTables get() {
    return LOADED;
  }

  /**
   * @throws IllegalArgumentException if there is no such table
   */
  synchronized ConstantTable table(String name) {
    ConstantTable table = tables.get(name);
    if (table == null) {
      table = make(known(sections, name, "table"));
      tables.put(name, table);
    }
    return table;
  }

  long linux(String name) {
    return known(linux, name, "Linux constant");
  }

  long freeBsd(String name) {
    return known(freeBsd, name, "FreeBSD constant");
  }

  private static <T> T known(Map<String, T> map, String name, String what) {
    T value = map.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no " + what + " " + name);
    }
    return value;
  }

  private static void readNames(List<String> body, Map<String, Long> into) {
    for (String line : body) {
      String[] words = TextResource.words(line);
      if (into.put(words[0], Long.decode(words[1])) != null) {
        throw new IllegalArgumentException("twice: " + words[0]);
      }
    }
  }

  private static ConstantTable make(Section section) {
    long pass = 0;
    long ignore = 0;
    List<Row> rows = new ArrayList<>();
    for (String line : section.body()) {
      String[] words = TextResource.words(line);
      switch (words[0]) {
        case "pass" -> pass = Long.decode(words[1]);
        case "ignore" -> ignore = Long.decode(words[1]);
        default -> {
          Long freeBsd = words[2].equals("-") ? null : Long.decode(words[3]);
          rows.add(new Row(Long.decode(words[1]), freeBsd));
        }
      }
    }
    List<String> head = section.head();
    return switch (head.get(0)) {
      case "flags" -> new FlagTable(pass, rows);
      case "values" -> valueTable(pass, ignore, head.get(3), rows);
      default -> throw new IllegalArgumentException(head.get(0));
    };
  }

  private static ValueTable valueTable(long pass, long ignore, String otherwise, List<Row> rows) {
    return switch (otherwise) {
      case "same" -> new ValueTable(pass, ignore, ValueTable.Else.SAME, 0, rows);
      case "none" -> new ValueTable(pass, ignore, ValueTable.Else.NONE, 0, rows);
      default -> new ValueTable(pass, ignore, ValueTable.Else.FIXED, Long.decode(otherwise), rows);
    };
  }
}
