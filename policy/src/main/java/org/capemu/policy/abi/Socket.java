package org.capemu.policy.abi;

/** {@code sys/socket.h}, {@code sys/un.h}. A protocol family has the number of its addresses. */
public final class Socket {
  public static final int AF_UNIX = 1;
  public static final int AF_INET = 2;
  public static final int AF_ROUTE = 17;
  public static final int AF_INET6 = 28;
  public static final int AF_NETLINK = 38;

  public static final int SOCK_STREAM = 1;
  public static final int SOCK_DGRAM = 2;
  public static final int SOCK_RAW = 3;
  public static final int SOCK_SEQPACKET = 5;

  /** Flags in the type of socket(2), and those of accept4(2). */
  public static final int SOCK_CLOEXEC = 0x1000_0000;

  public static final int SOCK_NONBLOCK = 0x2000_0000;
  public static final int SOCK_CLOFORK = 0x4000_0000;
  public static final int SOCK_FLAGS = SOCK_CLOEXEC | SOCK_NONBLOCK | SOCK_CLOFORK;

  public static final int SOL_SOCKET = 0xffff;
  public static final int SO_SPLICE = 0x1023;
  public static final int MSG_OOB = 0x1;

  /** {@code sa_len} and {@code sa_family}: the least that getsockaddr(9) takes. */
  public static final int SOCKADDR_HEADER = 2;

  /** The most that it takes. */
  public static final int SOCK_MAXADDRLEN = 255;

  /** {@code sa_family} in {@code struct sockaddr}. */
  public static final int SA_FAMILY = 1;

  /** {@code sun_path} in {@code struct sockaddr_un}. */
  public static final int SUN_PATH = 2;

  public static final int SOCKADDR_UN_SIZE = 106;

  private Socket() {}
}
