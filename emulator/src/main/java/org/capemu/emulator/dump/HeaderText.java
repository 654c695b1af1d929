package org.capemu.emulator.dump;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.capemu.tracer.ktrace.KtraceRecord;

/** What stands before each record's own text: who, when, where and of which kind. */
final class HeaderText {
  private static final int NUMBER_WIDTH = 6;
  private static final int COMM_WIDTH = 8;
  private static final int CPU_WIDTH = 3;

  /** By {@link org.capemu.tracer.ktrace.RecordType}; four columns each. */
  private static final byte[][] KINDS = {
    null,
    ascii("CALL"),
    ascii("RET "),
    ascii("NAMI"),
    ascii("GIO "),
    ascii("PSIG"),
    ascii("CSW "),
    ascii("USER"),
    ascii("STRU"),
    ascii("SCTL"),
    ascii("CTOR"),
    ascii("DTOR"),
    ascii("CAP "),
    ascii("PFLT"),
    ascii("PRET"),
    ascii("STRU"),
    ascii("ARGS"),
    ascii("ENVS"),
    ascii("EERR"),
  };

  private final Text text;
  private final DumpOptions options;
  // Process and command name as the header has them, and the thread: whose columns these are.
  private final byte[] lastIdentity = new byte[KtraceRecord.IDENTITY_SIZE];
  private long lastTid = -1;
  private byte[] lastColumns = {};
  private final Clock clock = new Clock(9);
  private final Clock oldClock = new Clock(6);

  HeaderText(Text text, DumpOptions options) {
    this.text = text;
    this.options = options;
  }

  private static byte[] ascii(String kind) {
    return kind.getBytes(StandardCharsets.US_ASCII);
  }

  /** The four letters of a kind, with trailing blanks; null for a kind that is not known. */
  static byte[] kind(int type) {
    return type > 0 && type < KINDS.length ? KINDS[type] : null;
  }

  /**
   * Prints a record's header.
   *
   * @param type the kind that it counts as
   * @param svFlags its process's ABI; 0 if the trace does not tell
   */
  void put(KtraceRecord record, int type, int svFlags) {
    putThread(record);
    (record.isVersioned() ? clock : oldClock).put(record);
    if (options.cpu() && record.isVersioned()) {
      text.rightAligned(record.cpu(), CPU_WIDTH).put(' ');
    }
    byte[] kind = kind(type);
    if (kind != null) {
      text.put(kind);
    } else {
      text.put("UNKNOWN(").decimal(type).put(')');
    }
    text.put("  ");
    if (options.abi()) {
      text.put(abi(svFlags)).put("  ");
    }
  }

  /** The line that says that records before this one are missing. */
  void putDropped(KtraceRecord record) {
    putThread(record);
    text.put("Events dropped.\n");
  }

  /** Records of one thread come in long runs, so that its columns are kept as they were printed. */
  private void putThread(KtraceRecord record) {
    long tid = options.threads() ? record.tid() : 0;
    if (tid == lastTid
        && Arrays.equals(
            record.array(),
            record.identityOffset(),
            record.identityOffset() + KtraceRecord.IDENTITY_SIZE,
            lastIdentity,
            0,
            KtraceRecord.IDENTITY_SIZE)) {
      text.put(lastColumns);
      return;
    }
    lastTid = tid;
    System.arraycopy(
        record.array(), record.identityOffset(), lastIdentity, 0, KtraceRecord.IDENTITY_SIZE);
    int start = text.mark();
    text.rightAligned(record.pid(), NUMBER_WIDTH).put(' ');
    if (options.threads()) {
      text.rightAligned(tid > 0 ? (int) tid : 0, NUMBER_WIDTH).put(' ');
    }
    text.leftAligned(record.array(), record.commOffset(), record.commLength(), COMM_WIDTH);
    text.put(' ');
    lastColumns = text.since(start);
  }

  /** F64 and the like: operating system and width. */
  static String abi(int svFlags) {
    String system =
        switch (svFlags & SyscallAbi.SV_ABI_MASK) {
          case SyscallAbi.SV_ABI_LINUX -> "L";
          case SyscallAbi.SV_ABI_FREEBSD -> "F";
          default -> "U";
        };
    if ((svFlags & SyscallAbi.SV_LP64) != 0) {
      return system + "64";
    }
    return system + ((svFlags & SyscallAbi.SV_ILP32) != 0 ? "32" : "00");
  }

  /** The times that are asked for. kdump(1) has a clock for each of the two headers. */
  private final class Clock {
    private final int digits;
    private final long unit;
    private long firstSeconds;
    private int firstFraction;
    private long lastSeconds;
    private int lastFraction;

    /**
     * @param digits of the fraction of a second
     */
    Clock(int digits) {
      this.digits = digits;
      unit = digits == 9 ? 1 : 1000;
    }

    void put(KtraceRecord record) {
      long seconds = record.seconds();
      int fraction = record.nanoseconds();
      if (options.absolute()) {
        putTime(seconds, fraction);
      }
      if (options.elapsed()) {
        if (firstSeconds == 0) {
          firstSeconds = seconds;
          firstFraction = fraction;
        }
        putDifference(seconds, fraction, firstSeconds, firstFraction);
      }
      if (options.relative()) {
        if (lastSeconds == 0) {
          lastSeconds = seconds;
          lastFraction = fraction;
        }
        if (seconds < lastSeconds || seconds == lastSeconds && fraction < lastFraction) {
          text.put('-');
          putDifference(lastSeconds, lastFraction, seconds, fraction);
        } else {
          putDifference(seconds, fraction, lastSeconds, lastFraction);
        }
        lastSeconds = seconds;
        lastFraction = fraction;
      }
    }

    private void putDifference(long seconds, int fraction, long fromSeconds, int fromFraction) {
      int difference = fraction - fromFraction;
      boolean borrow = difference < 0;
      putTime(
          seconds - fromSeconds - (borrow ? 1 : 0),
          borrow ? difference + 1_000_000_000 : difference);
    }

    private void putTime(long seconds, int fraction) {
      text.decimal(seconds).put('.').zeroPadded(fraction / unit, digits).put(' ');
    }
  }
}
