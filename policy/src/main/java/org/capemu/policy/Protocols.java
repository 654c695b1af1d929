package org.capemu.policy;

import org.jspecify.annotations.Nullable;

/**
 * The protocols of a GENERIC kernel, as pffindproto finds them; no SCTP, divert, or PF_KEY, which
 * are modules or options.
 */
final class Protocols {
  private static final int PF_UNIX = 1;
  private static final int PF_INET = 2;
  private static final int PF_ROUTE = 17;
  private static final int PF_INET6 = 28;
  private static final int PF_NETLINK = 38;
  private static final int STREAM = 1;
  private static final int DATAGRAM = 2;
  private static final int RAW = 3;
  private static final int SEQPACKET = 5;
  private static final int ANY = 0;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int UDPLITE = 136;
  private static final int DIVERT = 258;
  private static final int IPPROTO_MAX = 256;
  private static final int NETLINK_ROUTE = 0;
  private static final int NETLINK_GENERIC = 16;

  /** SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_CLOFORK: not part of the type. */
  private static final int TYPE_FLAGS = 0x7000_0000;

  /**
   * {@code struct protosw}.
   *
   * @param protocol ANY takes whatever the caller asks for
   * @param allowed PR_CAPATTACH: a socket can be made in capability mode
   */
  record Protocol(int domain, int type, int protocol, boolean allowed) {
    /** pr_attach of what is not allowed: raw sockets are for the superuser. */
    boolean attaches(int asked, Caller caller) {
      return switch (domain) {
        case PF_INET, PF_INET6 -> asked >= 0 && asked < IPPROTO_MAX && caller.isSuperuser();
        case PF_NETLINK -> asked == NETLINK_ROUTE || asked == NETLINK_GENERIC;
        default -> true;
      };
    }
  }

  private static final Protocol[] TABLE = {
    new Protocol(PF_UNIX, STREAM, ANY, true),
    new Protocol(PF_UNIX, DATAGRAM, ANY, true),
    new Protocol(PF_UNIX, SEQPACKET, ANY, true),
    new Protocol(PF_INET, STREAM, TCP, true),
    new Protocol(PF_INET, DATAGRAM, UDP, true),
    new Protocol(PF_INET, DATAGRAM, UDPLITE, true),
    new Protocol(PF_INET, RAW, ANY, false),
    new Protocol(PF_INET6, STREAM, TCP, true),
    new Protocol(PF_INET6, DATAGRAM, UDP, true),
    new Protocol(PF_INET6, DATAGRAM, UDPLITE, true),
    new Protocol(PF_INET6, RAW, ANY, false),
    new Protocol(PF_ROUTE, RAW, ANY, false),
    new Protocol(PF_NETLINK, RAW, ANY, false),
    new Protocol(PF_NETLINK, DATAGRAM, ANY, false),
  };

  private Protocols() {}

  /** Null where socket(2) fails with EAFNOSUPPORT, EPROTOTYPE or EPROTONOSUPPORT. */
  static @Nullable Protocol find(int domain, int typeAndFlags, int protocol) {
    int type = typeAndFlags & ~TYPE_FLAGS;
    if (domain == PF_INET && type == RAW && protocol == DIVERT) {
      return null; // moved to PF_DIVERT
    }
    for (Protocol entry : TABLE) {
      if (entry.domain == domain
          && entry.type == type
          && (entry.protocol == ANY || protocol == ANY || entry.protocol == protocol)) {
        return entry;
      }
    }
    return null;
  }
}
