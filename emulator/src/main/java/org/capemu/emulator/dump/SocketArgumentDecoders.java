package org.capemu.emulator.dump;

import static org.capemu.emulator.dump.Constants.table;

import java.util.Map;

/** Decoders of socket(2) and setsockopt(2). */
final class SocketArgumentDecoders {
  private static final int PF_INET = 2;
  private static final int PF_INET6 = 28;
  private static final int SOL_SOCKET = 0xffff;

  private static final NameTable SOCKET_DOMAINS = table("sockdomain");
  private static final NameTable SOCKET_TYPES = table("socktype");
  private static final NameTable SOCKET_FLAGS = table("sockflags");
  private static final NameTable PROTOCOLS = table("sockipproto");
  private static final NameTable BLUETOOTH_LEVELS = table("ngbtsolevel");

  /** Names of socket options by their level. */
  private static final Map<Integer, NameTable> SOCKET_OPTIONS =
      Map.of(
          SOL_SOCKET,
          table("sockopt"),
          0,
          table("sockoptip"),
          41,
          table("sockoptipv6"),
          132,
          table("sockoptsctp"),
          6,
          table("sockopttcp"),
          17,
          table("sockoptudp"),
          136,
          table("sockoptudplite"));

  /** By the names that {@code arguments.tsv} gives them. */
  static final Map<String, ArgumentDecoder> BY_NAME =
      Map.of(
          "socketdomain",
          a -> Values.putNamed(a.text(), SOCKET_DOMAINS, (int) a.take(), a.decimal()),
          "sockettype",
          a -> putSocketType(a.text(), (int) a.take()),
          "protocol",
          SocketArgumentDecoders::putProtocol,
          "sockopt",
          SocketArgumentDecoders::putSocketOption);

  private SocketArgumentDecoders() {}

  private static void putSocketType(Text text, int type) {
    text.hex(type).put('<');
    int flagBits = (int) SOCKET_FLAGS.allBits();
    int bare = type & ~flagBits;
    byte[] name = SOCKET_TYPES.nameOf(bare);
    if (name != null) {
      text.put(name);
    }
    boolean known = name != null;
    long flags = type & flagBits;
    if (flags != 0) {
      SOCKET_FLAGS.putMask(text, flags, known);
      known = true;
    }
    Values.closeMask(text, known, bare & 0xffff_ffffL);
  }

  /** Only internet domains have protocols with names; the domain is two arguments back. */
  private static void putProtocol(CallArguments a) {
    int domain = (int) a.beforePrevious();
    if (domain == PF_INET || domain == PF_INET6) {
      Values.putNamed(a.text(), PROTOCOLS, (int) a.take(), a.decimal());
    }
  }

  private static void putSocketOption(CallArguments a) {
    int level = (int) a.take();
    byte[] name = BLUETOOTH_LEVELS.nameOf(level);
    if (level == SOL_SOCKET) {
      a.text().put("SOL_SOCKET");
    } else if (name != null) {
      a.text().put(name);
    } else {
      Values.putNamedOrNumber(a.text(), PROTOCOLS, level, a.decimal());
    }
    NameTable options = SOCKET_OPTIONS.get(level);
    byte[] option = options == null ? null : options.nameOf((int) a.peek());
    if (option != null) {
      a.take();
      a.text().put(option);
    }
  }
}
