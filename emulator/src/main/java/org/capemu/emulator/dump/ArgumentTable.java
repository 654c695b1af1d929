package org.capemu.emulator.dump;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** {@code arguments.tsv}: which decoders print the arguments of a call. */
final class ArgumentTable {
  private static final ArgumentDecoder[] NONE = {};
  private static final Map<SyscallAbi, ArgumentTable> TABLES = read();

  private final ArgumentDecoder[][] byNumber;

  private ArgumentTable(SyscallAbi abi, Map<String, ArgumentDecoder[]> byName) {
    byNumber = new ArgumentDecoder[abi.size()][];
    for (int number = 0; number < byNumber.length; number++) {
      byte[] name = abi.nameOf(number);
      byNumber[number] = name == null ? NONE : byName.getOrDefault(new String(name), NONE);
    }
  }

  private static Map<SyscallAbi, ArgumentTable> read() {
    Map<String, Map<String, ArgumentDecoder[]>> rows = new HashMap<>();
    Tsv.rows(
        ArgumentTable.class,
        "arguments.tsv",
        3,
        row ->
            rows.computeIfAbsent(row[0], abi -> new HashMap<>())
                .put(
                    row[1],
                    Arrays.stream(row[2].split(" "))
                        .map(ArgumentDecoders::named)
                        .toArray(ArgumentDecoder[]::new)));
    return Map.of(
        SyscallAbi.FREEBSD, new ArgumentTable(SyscallAbi.FREEBSD, rows.get("freebsd")),
        SyscallAbi.LINUX64, new ArgumentTable(SyscallAbi.LINUX64, rows.get("linux64")),
        SyscallAbi.LINUX32, new ArgumentTable(SyscallAbi.LINUX32, rows.get("linux32")));
  }

  /** The table of an ABI that has one: not {@link SyscallAbi#UNKNOWN}. */
  static ArgumentTable of(SyscallAbi abi) {
    return TABLES.get(abi);
  }

  /** The decoders of a call's first arguments; the rest are numbers. */
  ArgumentDecoder[] decodersOf(int number) {
    return number >= 0 && number < byNumber.length ? byNumber[number] : NONE;
  }
}
