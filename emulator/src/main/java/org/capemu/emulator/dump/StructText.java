package org.capemu.emulator.dump;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.function.IntConsumer;

/** STRU of one struct: KTR_STRUCT, a name and the bytes of what it names. */
final class StructText {
  private static final int CAP_RIGHTS_SIZE = 16;
  private static final int INOTIFY_EVENT_SIZE = 16;
  private static final int NAME_MAX = 255;
  private static final int ITIMERVAL_SIZE = 32;
  private static final int STAT_SIZE = 224;
  private static final int SOCKADDR_STORAGE_SIZE = 128;
  private static final int SPLICE_SIZE = 32;
  private static final int THR_PARAM_SIZE = 104;
  private static final int LINUX_SIGSET_MIN = 4;
  private static final int LINUX_SIGSET_MAX = 8;

  private static final int CALENDAR_CYCLE_YEARS = 400;

  /** Seconds: 146097 days. */
  private static final long CALENDAR_CYCLE = 146_097L * 86_400;

  /** Well within the years that java.time has. */
  private static final int JAVA_CYCLES = 2_000_000;

  private static final NameTable THREAD_FLAGS = Constants.table("thrcreateflags");
  private static final NameTable LINUX_SIGNALS = Constants.table("linux_signal");

  private final PayloadMemory memory;
  private final Text text;
  private final Users users;
  // Made only for -r: it is slow to make.
  private final DateTimeFormatter dates;
  private final RightsText rights;
  private final SocketAddressText addresses;

  StructText(
      PayloadMemory memory,
      Text text,
      DumpOptions options,
      RightsText rights,
      SocketAddressText addresses) {
    this.memory = memory;
    this.text = text;
    this.users = options.users();
    this.dates =
        users == null
            ? null
            : DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss ", Locale.ENGLISH)
                .withZone(ZoneId.systemDefault());
    this.rights = rights;
    this.addresses = addresses;
  }

  void put() {
    int nameLength = memory.stringLength(0);
    int data = nameLength + 1;
    int size = memory.length() - data;
    if (size <= 0 || !isName(nameLength) || !put(nameLength, data, size)) {
      text.put("invalid record");
    }
  }

  private boolean isName(int length) {
    for (int i = 0; i < length; i++) {
      int lower = memory.getByte(i) | 0x20;
      if ((lower < 'a' || lower > 'z') && memory.getByte(i) != '_') {
        return false;
      }
    }
    return true;
  }

  /** False if the size does not fit the struct. */
  private boolean put(int nameLength, int at, int size) {
    if (memory.isString(0, nameLength, "stat")) {
      return size == STAT_SIZE && putStat(at);
    } else if (memory.isString(0, nameLength, "sockaddr")) {
      return size <= SOCKADDR_STORAGE_SIZE
          && size == memory.getUnsignedByte(at)
          && putSocketAddress(at);
    } else if (memory.isString(0, nameLength, "caprights")) {
      return size == CAP_RIGHTS_SIZE && putRights(at);
    } else if (memory.isString(0, nameLength, "cpuset_t")) {
      return putCpuset(at, size);
    } else if (memory.isString(0, nameLength, "itimerval")) {
      return size == ITIMERVAL_SIZE && putItimerval(at);
    } else if (memory.isString(0, nameLength, "inotify")) {
      return size >= INOTIFY_EVENT_SIZE
          && size <= INOTIFY_EVENT_SIZE + NAME_MAX + 1
          && putInotify(at, size);
    } else if (memory.isString(0, nameLength, "splice")) {
      return size == SPLICE_SIZE && putSplice(at);
    } else if (memory.isString(0, nameLength, "thrparam")) {
      return size == THR_PARAM_SIZE && putThreadParameters(at);
    } else if (memory.isString(0, nameLength, "l_sigset_t")
        && size >= LINUX_SIGSET_MIN
        && size <= LINUX_SIGSET_MAX) {
      return putLinuxSigset(at, size);
    }
    text.put("unknown structure");
    return true;
  }

  private boolean putSocketAddress(int at) {
    addresses.put(at);
    return true;
  }

  private boolean putRights(int at) {
    text.put("cap_rights_t ");
    rights.put(memory.getLong(at), memory.getLong(at + Long.BYTES));
    return true;
  }

  private boolean putCpuset(int at, int size) {
    text.put("cpuset_t [ ");
    boolean empty = !putBits(at, size, text::decimal);
    text.put(empty ? " empty ]" : " ]");
    return true;
  }

  private boolean putLinuxSigset(int at, int size) {
    text.put("l_sigset_t [ ");
    boolean empty = !putBits(at, size, this::putLinuxSignal);
    text.put(empty ? "empty ]" : " ]");
    return true;
  }

  private void putLinuxSignal(int bit) {
    byte[] name = LINUX_SIGNALS.nameOf(bit + 1);
    if (name != null) {
      text.put(name);
    } else {
      text.put("(null)");
    }
  }

  /** Prints each bit that is set; false if none is. */
  private boolean putBits(int at, int size, IntConsumer printer) {
    boolean any = false;
    for (int i = 0; i < size; i++) {
      for (int bits = memory.getUnsignedByte(at + i); bits != 0; bits &= bits - 1) {
        if (any) {
          text.put(", ");
        }
        printer.accept(i * Byte.SIZE + Integer.numberOfTrailingZeros(bits));
        any = true;
      }
    }
    return any;
  }

  private boolean putItimerval(int at) {
    text.put("itimerval { .interval = ");
    putTimeval(at);
    text.put(", .value = ");
    putTimeval(at + 16);
    text.put(" }");
    return true;
  }

  private void putTimeval(int at) {
    text.put('{').decimal(memory.getLong(at)).put(", ");
    text.decimal(memory.getLong(at + 8)).put('}');
  }

  private boolean putInotify(int at, int size) {
    text.put("inotify { .wd = ").decimal(memory.getInt(at));
    text.put(", .mask = ").hex(memory.getInt(at + 4));
    text.put(", .cookie = ").unsigned(memory.getUnsignedInt(at + 8));
    text.put(", .len = ").unsigned(memory.getUnsignedInt(at + 12));
    text.put(", .name = ");
    text.putString(memory.bytes(), at + INOTIFY_EVENT_SIZE, size - INOTIFY_EVENT_SIZE);
    text.put(" }");
    return true;
  }

  private boolean putSplice(int at) {
    text.put("struct splice { fd=").decimal(memory.getInt(at));
    text.put(", max=").hex(memory.getLong(at + 8));
    text.put(", idle=").decimal(memory.getLong(at + 16)).put('.');
    text.zeroPadded(memory.getLong(at + 24), 6).put(" }");
    return true;
  }

  private boolean putThreadParameters(int at) {
    text.put("thr param { start=").pointer(memory.getLong(at));
    text.put(" arg=").pointer(memory.getLong(at + 8));
    text.put(" stack_base=").pointer(memory.getLong(at + 16));
    text.put(" stack_size=").hex(memory.getLong(at + 24));
    text.put(" tls_base=").pointer(memory.getLong(at + 32));
    text.put(" tls_size=").hex(memory.getLong(at + 40));
    text.put(" child_tidp=").pointer(memory.getLong(at + 48));
    text.put(" parent_tidp=").pointer(memory.getLong(at + 56));
    text.put(" flags=");
    Values.putMask(text, THREAD_FLAGS, memory.getInt(at + 64));
    text.put(" rtp=").pointer(memory.getLong(at + 72)).put(" }");
    return true;
  }

  private boolean putStat(int at) {
    text.put("struct stat {dev=").unsigned(memory.getLong(at));
    text.put(", ino=").unsigned(memory.getLong(at + 8));
    int mode = memory.getUnsignedShort(at + 24);
    text.put(", mode=");
    if (users == null) {
      text.put('0').put(Integer.toOctalString(mode));
    } else {
      putSymbolicMode(mode);
    }
    text.put(", nlink=").unsigned(memory.getLong(at + 16));
    long uid = memory.getUnsignedInt(at + 28);
    text.put(", uid=");
    putId(uid, users == null ? null : users.user(uid));
    long gid = memory.getUnsignedInt(at + 32);
    text.put(", gid=");
    putId(gid, users == null ? null : users.group(gid));
    text.put(", rdev=").unsigned(memory.getLong(at + 40));
    text.put(", atime=");
    putTime(at + 48);
    text.put(", mtime=");
    putTime(at + 64);
    text.put(", ctime=");
    putTime(at + 80);
    text.put(", birthtime=");
    putTime(at + 96);
    text.put(", size=").decimal(memory.getLong(at + 112));
    text.put(", blksize=").unsigned(memory.getInt(at + 128));
    text.put(", blocks=").decimal(memory.getLong(at + 120));
    text.put(", flags=0x").bareHex(memory.getUnsignedInt(at + 132), 1).put(" }");
    return true;
  }

  private void putId(long id, String name) {
    if (name == null) {
      text.unsigned(id);
    } else {
      text.put('"').put(name).put('"');
    }
  }

  private void putTime(int at) {
    long seconds = memory.getLong(at);
    if (users == null) {
      text.decimal(seconds);
    } else {
      putDate(seconds);
    }
    long nanoseconds = memory.getLong(at + 8);
    if (nanoseconds != 0) {
      text.put('.').zeroPadded(nanoseconds, 9);
    }
  }

  /** The calendar repeats itself, so that a year too far for Java's is printed as another one. */
  private void putDate(long seconds) {
    long cycles = Math.floorDiv(seconds, CALENDAR_CYCLE);
    if (Math.abs(cycles) < JAVA_CYCLES) {
      cycles = 0;
    }
    ZonedDateTime time =
        Instant.ofEpochSecond(seconds - cycles * CALENDAR_CYCLE).atZone(dates.getZone());
    text.put('"').put(dates.format(time));
    text.decimal(time.getYear() + cycles * CALENDAR_CYCLE_YEARS).put('"');
  }

  /** strmode(3). */
  private void putSymbolicMode(int mode) {
    text.put(
        switch (mode & 0170000) {
          case 0010000 -> 'p';
          case 0020000 -> 'c';
          case 0040000 -> 'd';
          case 0060000 -> 'b';
          case 0100000 -> '-';
          case 0120000 -> 'l';
          case 0140000 -> 's';
          case 0160000 -> 'w';
          default -> '?';
        });
    putPermissions(mode >> 6, (mode & 04000) != 0, 's', 'S');
    putPermissions(mode >> 3, (mode & 02000) != 0, 's', 'S');
    putPermissions(mode, (mode & 01000) != 0, 't', 'T');
    text.put(' ');
  }

  private void putPermissions(int bits, boolean special, char withExecute, char without) {
    boolean execute = (bits & 1) != 0;
    text.put((bits & 4) != 0 ? 'r' : '-').put((bits & 2) != 0 ? 'w' : '-');
    if (special) {
      text.put(execute ? withExecute : without);
    } else {
      text.put(execute ? 'x' : '-');
    }
  }
}
