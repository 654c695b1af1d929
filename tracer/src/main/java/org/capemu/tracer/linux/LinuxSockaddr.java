package org.capemu.tracer.linux;

/** Socket addresses: sockaddr(3). */
public final class LinuxSockaddr {
  private static final int HEADER = 2;
  private static final int SOCK_MAXADDRLEN = 255;
  private static final ConstantTable FAMILY = ConstantTables.get().table("addressFamily");

  private LinuxSockaddr() {}

  /**
   * The same address in FreeBSD's form, as getsockaddr(9) has it: {@code sa_len}, which is the
   * length that the caller gave, then {@code sa_family} of one byte where Linux has a family of
   * two. What follows lies alike for AF_INET, AF_INET6, AF_UNIX and AF_NETLINK. A family that
   * FreeBSD lacks is 255, which no FreeBSD has.
   *
   * @param linux the address with exactly the length that was passed with it; left as it is
   * @return null where getsockaddr(9) fails: a length below 2 or above 255
   */
  public static byte[] toFreeBsd(byte[] linux) {
    if (linux.length < HEADER || linux.length > SOCK_MAXADDRLEN) {
      return null;
    }
    byte[] address = linux.clone();
    int family = (linux[0] & 0xff) | (linux[1] & 0xff) << 8;
    address[0] = (byte) linux.length;
    address[1] = (byte) FAMILY.toFreeBsd(family);
    return address;
  }
}
