package org.capemu.emulator.dump;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The tables of {@code constants.tsv} and {@code ioctls.tsv}, each made when first asked for. */
final class Constants {
  private record Columns(List<Long> values, List<String> names) {}

  private static final Map<String, Columns> COLUMNS = read();
  private static final Map<String, NameTable> TABLES = new HashMap<>();

  /** The requests are many and most traces name few: read on demand. */
  private static final class Ioctls {
    static final NameTable TABLE = read();

    private static NameTable read() {
      Columns columns = new Columns(new ArrayList<>(), new ArrayList<>());
      Tsv.rows(
          Constants.class,
          "ioctls.tsv",
          2,
          row -> {
            columns.values.add(Tsv.number(row[0]));
            columns.names.add(row[1]);
          });
      return NameTable.of(columns.values, columns.names);
    }
  }

  private Constants() {}

  private static Map<String, Columns> read() {
    Map<String, Columns> tables = new HashMap<>();
    Tsv.rows(
        Constants.class,
        "constants.tsv",
        3,
        row -> {
          Columns columns =
              tables.computeIfAbsent(
                  row[0], name -> new Columns(new ArrayList<>(), new ArrayList<>()));
          columns.values.add(Tsv.number(row[1]));
          columns.names.add(row[2]);
        });
    return tables;
  }

  static synchronized NameTable table(String name) {
    return TABLES.computeIfAbsent(
        name,
        key -> {
          Columns columns = COLUMNS.get(key);
          if (columns == null) {
            throw new IllegalArgumentException("no table " + key + " in constants.tsv");
          }
          return NameTable.of(columns.values, columns.names);
        });
  }

  static NameTable ioctls() {
    return Ioctls.TABLE;
  }
}
