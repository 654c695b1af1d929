package org.capemu.emulator.dump;

import java.util.ArrayList;
import java.util.List;

/** FreeBSD's error numbers: {@code errno.tsv}. */
final class Errno {
  /** The kernel starts the call again: {@code ERESTART}. */
  static final int RESTART = -1;

  /** The kernel set the registers itself: {@code EJUSTRETURN}. */
  static final int JUSTRETURN = -2;

  private record Row(String name, int linux, String message) {}

  private static final List<Row> ROWS = read();

  private Errno() {}

  private static List<Row> read() {
    List<Row> rows = new ArrayList<>();
    Tsv.rows(
        Errno.class,
        "errno.tsv",
        4,
        row -> rows.add(new Row(row[1], Integer.parseInt(row[2]), row[3])));
    return rows;
  }

  private static boolean isKnown(int errno) {
    return errno >= 0 && errno < ROWS.size();
  }

  /** The number as a process of this ABI sees it: sysdecode_freebsd_to_abi_errno(3). */
  static int toAbi(SyscallAbi abi, int errno) {
    return switch (abi) {
      case FREEBSD -> errno;
      case LINUX64, LINUX32 -> isKnown(errno) ? ROWS.get(errno).linux : Integer.MAX_VALUE;
      case UNKNOWN -> Integer.MAX_VALUE;
    };
  }

  /** ENOENT and the like; null for a number that is none. */
  static String name(int errno) {
    return isKnown(errno) ? ROWS.get(errno).name : null;
  }

  /** strerror(3). */
  static void putMessage(Text text, int errno) {
    if (isKnown(errno)) {
      text.put(ROWS.get(errno).message);
    } else {
      text.put("Unknown error: ").decimal(errno);
    }
  }
}
