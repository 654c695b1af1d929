package org.capemu.tracer.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.capemu.tracer.StoppedThread;

/** The words of system-calls.txt besides the tables of constants.txt: sources and conditions. */
final class Sources {
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int EXTATTR_NAMESPACE_USER = 1;
  private static final int EXTATTR_NAMESPACE_SYSTEM = 2;
  private static final int S_IFMT = 0170000;
  private static final int S_IFIFO = 0010000;
  private static final int TIMER_ABSTIME = 1;
  private static final int USUAL_PATH = 64;

  /** A directory of system-calls.txt, and a name in it: NAME_MAX. */
  private static final int LONGEST_PATH = 320;

  private static final byte[] USER_PREFIX = "user.".getBytes(StandardCharsets.US_ASCII);

  private Sources() {}

  static Source argument(int index) {
    return (values, thread) -> values[index];
  }

  static Source constant(long value) {
    return (values, thread) -> value;
  }

  static Source either(Source left, Source right) {
    return new Source() {
      @Override
      public long value(long[] values, StoppedThread thread) {
        return left.value(values, thread) | right.value(values, thread);
      }

      @Override
      public boolean hasCounterpart(long[] values, StoppedThread thread) {
        return left.hasCounterpart(values, thread) && right.hasCounterpart(values, thread);
      }
    };
  }

  private static Source translated(ConstantTable table, Source source) {
    return new Source() {
      @Override
      public long value(long[] values, StoppedThread thread) {
        return table.toFreeBsd(source.value(values, thread));
      }

      @Override
      public boolean hasCounterpart(long[] values, StoppedThread thread) {
        return table.hasCounterpart(source.value(values, thread));
      }
    };
  }

  /** The memory at an address: as many bytes as an {@code int} or a {@code long} has, or 0. */
  static Source memory(Source address, long offset, int bytes) {
    return (values, thread) -> {
      long base = address.value(values, thread);
      byte[] word = new byte[Long.BYTES];
      if (base == 0 || thread.read(base + offset, word, 0, bytes) != bytes) {
        return 0;
      }
      return ByteBuffer.wrap(word).order(ByteOrder.LITTLE_ENDIAN).getLong();
    };
  }

  /** The source of this name; a name that is not here is a table's. */
  static Source named(String name, List<Source> of) {
    return switch (name) {
      case "int" -> (values, thread) -> (int) of.get(0).value(values, thread);
      case "selfTid" -> (values, thread) -> thread.tid();
      case "plus" ->
          (values, thread) -> of.get(0).value(values, thread) + of.get(1).value(values, thread);
      case "permissions" -> (values, thread) -> of.get(0).value(values, thread) & 07777;
      // Linux's getpriority returns 20 - nice, so that no result looks like an error.
      case "niceness" -> (values, thread) -> 20 - of.get(0).value(values, thread);
      case "bitsToBytes" -> (values, thread) -> (of.get(0).value(values, thread) >>> 6) << 3;
      case "idOrSelf" ->
          (values, thread) -> {
            int id = (int) of.get(0).value(values, thread);
            return id == 0 ? -1 : id;
          };
      case "attributeNamespace" ->
          (values, thread) -> attributeNamespace(of.get(0).value(values, thread), thread);
      case "socketLevel" ->
          (values, thread) ->
              SocketOptions.level(of.get(0).value(values, thread), of.get(1).value(values, thread));
      case "socketOption" ->
          (values, thread) ->
              SocketOptions.option(
                  of.get(0).value(values, thread), of.get(1).value(values, thread));
      default -> translated(ConstantTables.get().table(name), of.get(0));
    };
  }

  static Condition condition(String name, List<Source> of) {
    Source first = of.get(0);
    return switch (name) {
      case "isNull" -> (args, thread) -> first.value(args, thread) == 0;
      case "isNotNull" -> (args, thread) -> first.value(args, thread) != 0;
      case "isSelf" -> (args, thread) -> (int) first.value(args, thread) == thread.pid();
      case "isOther" ->
          (args, thread) -> {
            int pid = (int) first.value(args, thread);
            return pid != 0 && pid != thread.pid();
          };
      case "isThread" -> (args, thread) -> (int) first.value(args, thread) == thread.tid();
      case "isLaterThread" ->
          (args, thread) -> {
            int id = (int) first.value(args, thread);
            return id == thread.tid() && id != thread.pid();
          };
      case "isFifo" -> (args, thread) -> (first.value(args, thread) & S_IFMT) == S_IFIFO;
      case "isCurrentOffset" -> (args, thread) -> first.value(args, thread) == -1;
      case "isEmptyPath" ->
          (args, thread) ->
              (int) args[0] >= 0
                  && (of.get(1).value(args, thread) & AT_EMPTY_PATH) != 0
                  && isEmpty(first.value(args, thread), thread);
      case "relativeRealtime" ->
          (args, thread) ->
              (int) first.value(args, thread) == 0
                  && (of.get(1).value(args, thread) & TIMER_ABSTIME) == 0;
      default -> throw new IllegalArgumentException("no condition " + name);
    };
  }

  static Condition flag(Source source, long bits) {
    return (args, thread) -> (source.value(args, thread) & bits) == bits;
  }

  static Condition is(Source source, long value) {
    return (args, thread) -> (int) source.value(args, thread) == (int) value;
  }

  static Condition isPath(Source address, Glob glob) {
    return (args, thread) -> {
      String path = path(address.value(args, thread), thread);
      return path != null && glob.matches(path);
    };
  }

  /** A path at an address, one char a byte; null if there is none, or a longer one than matter. */
  private static String path(long address, StoppedThread thread) {
    byte[] bytes = new byte[LONGEST_PATH];
    int length = 0;
    // Most are short, and what comes after them may not be mapped.
    for (int end = USUAL_PATH; length < end; end = LONGEST_PATH) {
      int from = length;
      int read = thread.read(address + from, bytes, from, end - from);
      length += read;
      for (int i = from; i < length; i++) {
        if (bytes[i] == 0) {
          return new String(bytes, 0, i, StandardCharsets.ISO_8859_1);
        }
      }
      if (length < end) {
        return null;
      }
    }
    return null;
  }

  private static boolean isEmpty(long path, StoppedThread thread) {
    byte[] first = new byte[1];
    return path == 0 || (thread.read(path, first, 0, 1) == 1 && first[0] == 0);
  }

  private static int attributeNamespace(long name, StoppedThread thread) {
    byte[] prefix = new byte[USER_PREFIX.length];
    boolean user =
        thread.read(name, prefix, 0, prefix.length) == prefix.length
            && Arrays.equals(prefix, USER_PREFIX);
    return user ? EXTATTR_NAMESPACE_USER : EXTATTR_NAMESPACE_SYSTEM;
  }
}
