package org.capemu.emulator.dump;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A {@code struct sockaddr} of FreeBSD's, for a person. Of a record that holds only its beginning,
 * as KTR_CAPFAIL does, what lies after is taken for zeros, and {@link #isCut} says so.
 */
public final class SocketAddress {
  static final int AF_UNIX = 1;
  static final int AF_INET = 2;
  static final int AF_INET6 = 28;
  static final int AF_NETLINK = 38;

  private static final int SOCKADDR_IN_SIZE = 16;
  private static final int SOCKADDR_IN6_SIZE = 28;
  private static final int SUN_PATH = 2;
  private static final int SUN_PATH_SIZE = 104;
  private static final int IPV6_WORDS = 8;

  private static final NameTable FAMILIES = Constants.table("sockfamily");

  private final byte[] bytes;

  /** {@code sa_len}. */
  private final int length;

  private SocketAddress(byte[] bytes) {
    this.bytes = bytes;
    this.length = bytes.length > 0 ? bytes[0] & 0xff : 0;
  }

  /**
   * An address.
   *
   * @param bytes sa_len, sa_family, which have to be there, and what of the rest is known; kept
   */
  public static SocketAddress of(byte[] bytes) {
    return new SocketAddress(bytes);
  }

  /** {@code sa_family}. */
  int family() {
    return bytes.length > 1 ? bytes[1] & 0xff : 0;
  }

  /** AF_INET and the like, of AF_UNIX its other name AF_LOCAL; null for a family that is none. */
  String familyName() {
    byte[] name = FAMILIES.nameOf(family());
    return name == null ? null : new String(name, StandardCharsets.ISO_8859_1);
  }

  /** Whether the end of the address is missing, and may be other than zeros. */
  boolean isCut() {
    return length > bytes.length && !(family() == AF_UNIX && path().length + SUN_PATH < held());
  }

  private int held() {
    return Math.min(length, bytes.length);
  }

  /** False if it is of the internet and too short to be an address of its family. */
  boolean isComplete() {
    return switch (family()) {
      case AF_INET -> length >= SOCKADDR_IN_SIZE;
      case AF_INET6 -> length >= SOCKADDR_IN6_SIZE;
      default -> true;
    };
  }

  /** The port of an internet address. */
  int port() {
    return bigEndian16(2);
  }

  /** The IPv4 or IPv6 address as inet_ntop(3) prints it, with an interface's number after %. */
  String host() {
    if (family() == AF_INET) {
      return dotted(4);
    }
    long scope = int32(24);
    return ipv6(8) + (scope == 0 ? "" : "%" + scope);
  }

  /** The path of a unix socket, without NUL; may be empty. */
  byte[] path() {
    int end = SUN_PATH;
    while (end < SUN_PATH + SUN_PATH_SIZE && uint8(end) != 0) {
      end++;
    }
    return Arrays.copyOfRange(bytes, SUN_PATH, Math.max(SUN_PATH, end));
  }

  /** Of AF_NETLINK: {@code nl_pid}. */
  long netlinkPid() {
    return int32(4);
  }

  /** Of AF_NETLINK: {@code nl_groups}. */
  long netlinkGroups() {
    return int32(8);
  }

  /**
   * {@code 127.0.0.1:53}, {@code [::1]:53}, a unix socket's path (one char a byte), or the family's
   * name alone.
   */
  @Override
  public String toString() {
    if (family() == AF_UNIX) {
      return new String(path(), StandardCharsets.ISO_8859_1);
    } else if (family() != AF_INET && family() != AF_INET6 || !isComplete()) {
      String name = familyName();
      return name == null ? "address family " + family() : name;
    }
    String shown = host() + (isCut() ? "..." : "");
    return (family() == AF_INET ? shown : "[" + shown + "]") + ":" + port();
  }

  /** Whether {@link #toString} is a path. */
  public boolean isPath() {
    return family() == AF_UNIX && path().length > 0;
  }

  private int uint8(int at) {
    return at < held() ? bytes[at] & 0xff : 0;
  }

  private int bigEndian16(int at) {
    return uint8(at) << Byte.SIZE | uint8(at + 1);
  }

  private long int32(int at) {
    return uint8(at) | uint8(at + 1) << 8 | uint8(at + 2) << 16 | (long) uint8(at + 3) << 24;
  }

  private String dotted(int at) {
    return uint8(at) + "." + uint8(at + 1) + "." + uint8(at + 2) + "." + uint8(at + 3);
  }

  /** inet_ntop(3): the longest run of zero words, if more than one, becomes {@code ::}. */
  private String ipv6(int at) {
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
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < IPV6_WORDS; i++) {
      if (best >= 0 && i >= best && i < best + bestLength) {
        if (i == best) {
          text.append(':');
        }
        continue;
      }
      if (i != 0) {
        text.append(':');
      }
      if (i == 6 && best == 0 && embedsIpv4(at, bestLength)) {
        return text.append(dotted(at + 12)).toString();
      }
      text.append(Integer.toHexString(bigEndian16(at + 2 * i)));
    }
    if (best >= 0 && best + bestLength == IPV6_WORDS) {
      text.append(':');
    }
    return text.toString();
  }

  private boolean embedsIpv4(int at, int zeroWords) {
    return zeroWords == 6
        || zeroWords == 7 && bigEndian16(at + 14) != 1
        || zeroWords == 5 && bigEndian16(at + 10) == 0xffff;
  }
}
