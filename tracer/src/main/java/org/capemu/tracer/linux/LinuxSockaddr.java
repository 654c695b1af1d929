package org.capemu.tracer.linux;

import java.util.Arrays;

/** Socket addresses: sockaddr(3). */
final class LinuxSockaddr {
  private static final int HEADER = 2;
  private static final int SOCK_MAXADDRLEN = 255;
  private static final int AF_UNIX = 1;

  /** FreeBSD's {@code sizeof(struct sockaddr_un)}; Linux's path is 4 bytes longer. */
  private static final int SOCKADDR_UN_SIZE = 106;

  /** A family that no FreeBSD has. */
  private static final int NO_FAMILY = 255;

  private static final ConstantTable FAMILY = ConstantTables.get().table("addressFamily");

  private LinuxSockaddr() {}

  /**
   * The same address in FreeBSD's form, as getsockaddr(9) has it: {@code sa_len}, which is the
   * length that the caller gave, then {@code sa_family} of one byte where Linux has a family of
   * two. What follows lies alike for AF_INET, AF_INET6, AF_UNIX and AF_NETLINK. A family that
   * FreeBSD lacks is 255, which no FreeBSD has.
   *
   * <p>A program that passes the whole {@code struct sockaddr_un} passes FreeBSD's there, which is
   * shorter: zeros after a path are cut off to its size.
   *
   * @param linux the address with exactly the length that was passed with it; left as it is
   * @return null where getsockaddr(9) fails: a length below 2 or above 255
   */
  static byte[] toFreeBsd(byte[] linux) {
    if (linux.length < HEADER || linux.length > SOCK_MAXADDRLEN) {
      return null;
    }
    int family = (linux[0] & 0xff) | (linux[1] & 0xff) << 8;
    byte[] address = Arrays.copyOf(linux, length(linux, family));
    address[0] = (byte) address.length;
    address[1] = (byte) (FAMILY.hasCounterpart(family) ? FAMILY.toFreeBsd(family) : NO_FAMILY);
    return address;
  }

  private static int length(byte[] linux, int family) {
    if (family == AF_UNIX && linux.length > SOCKADDR_UN_SIZE) {
      for (int i = HEADER; i < SOCKADDR_UN_SIZE; i++) {
        if (linux[i] == 0) {
          return SOCKADDR_UN_SIZE;
        }
      }
    }
    return linux.length;
  }
}
