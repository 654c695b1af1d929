package org.capemu.emulator.dump;

/** {@code struct sockaddr}, in STRU and CAP records. */
final class SocketAddressText {
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 28;
  private static final int AF_NETLINK = 38;

  private static final int SOCKADDR_IN_SIZE = 16;
  private static final int SOCKADDR_IN6_SIZE = 28;
  private static final int SUN_PATH = 2;
  private static final int SUN_PATH_SIZE = 104;
  private static final int IPV6_WORDS = 8;

  private static final NameTable FAMILIES = Constants.table("sockfamily");

  private final PayloadMemory memory;
  private final Text text;
  private int start;
  private int length;

  SocketAddressText(PayloadMemory memory, Text text) {
    this.memory = memory;
    this.text = text;
  }

  /** Prints the address at an offset; what lies behind its {@code sa_len} counts as zeros. */
  void put(int at) {
    start = at;
    length = memory.getUnsignedByte(at);
    int family = memory.getUnsignedByte(at + 1);
    text.put("struct sockaddr { ");
    byte[] name = FAMILIES.nameOf(family);
    if (name != null) {
      text.put(name);
    } else {
      text.put("<invalid=").decimal(family).put('>');
    }
    text.put(", ");
    switch (family) {
      case AF_INET -> putInet();
      case AF_INET6 -> putInet6();
      case AF_UNIX -> putUnix();
      case AF_NETLINK -> {
        text.put("netlink[pid=").unsigned(int32(4));
        text.put(", groups=0x").bareHex(int32(8), 1).put(']');
      }
      default -> text.put("unknown address family");
    }
    text.put(" }");
  }

  private int uint8(int at) {
    return at < length ? memory.getUnsignedByte(start + at) : 0;
  }

  private int bigEndian16(int at) {
    return uint8(at) << Byte.SIZE | uint8(at + 1);
  }

  private long int32(int at) {
    return uint8(at) | uint8(at + 1) << 8 | uint8(at + 2) << 16 | (long) uint8(at + 3) << 24;
  }

  private void putInet() {
    if (length < SOCKADDR_IN_SIZE) {
      text.put("invalid");
      return;
    }
    putDotted(4);
    text.put(':').decimal(bigEndian16(2));
  }

  private void putDotted(int at) {
    text.decimal(uint8(at)).put('.').decimal(uint8(at + 1)).put('.');
    text.decimal(uint8(at + 2)).put('.').decimal(uint8(at + 3));
  }

  private void putInet6() {
    if (length < SOCKADDR_IN6_SIZE) {
      text.put("invalid");
      return;
    }
    text.put('[');
    putIpv6(8);
    long scope = int32(24);
    if (scope != 0) {
      text.put('%').unsigned(scope);
    }
    text.put("]:").decimal(bigEndian16(2));
  }

  /** inet_ntop(3): the longest run of zero words, if more than one, becomes {@code ::}. */
  private void putIpv6(int at) {
    int best = -1;
    int bestLength = 1;
    for (int i = 0; i < IPV6_WORDS; i++) {
      int run = 0;
      while (i + run < IPV6_WORDS && bigEndian16(at + 2 * (i + run)) == 0) {
        run++;
      }
      if (run > bestLength) {
        best = i;
        bestLength = run;
      }
      i += run;
    }
    for (int i = 0; i < IPV6_WORDS; i++) {
      if (best >= 0 && i >= best && i < best + bestLength) {
        if (i == best) {
          text.put(':');
        }
        continue;
      }
      if (i != 0) {
        text.put(':');
      }
      if (i == 6 && best == 0 && embedsIpv4(at, bestLength)) {
        putDotted(at + 12);
        return;
      }
      text.bareHex(bigEndian16(at + 2 * i), 1);
    }
    if (best >= 0 && best + bestLength == IPV6_WORDS) {
      text.put(':');
    }
  }

  private boolean embedsIpv4(int at, int zeroWords) {
    return zeroWords == 6
        || zeroWords == 7 && bigEndian16(at + 14) != 1
        || zeroWords == 5 && bigEndian16(at + 10) == 0xffff;
  }

  private void putUnix() {
    byte[] path = new byte[SUN_PATH_SIZE];
    int size = 0;
    while (size < SUN_PATH_SIZE && uint8(SUN_PATH + size) != 0) {
      path[size] = (byte) uint8(SUN_PATH + size);
      size++;
    }
    text.putTraced(path, 0, size);
  }
}
