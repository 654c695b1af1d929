package org.capemu.policy;

import static org.capemu.policy.abi.Socket.AF_INET;
import static org.capemu.policy.abi.Socket.AF_INET6;
import static org.capemu.policy.abi.Socket.AF_NETLINK;
import static org.capemu.policy.abi.Socket.AF_ROUTE;
import static org.capemu.policy.abi.Socket.AF_UNIX;
import static org.capemu.policy.abi.Socket.SOCK_DGRAM;
import static org.capemu.policy.abi.Socket.SOCK_FLAGS;
import static org.capemu.policy.abi.Socket.SOCK_RAW;
import static org.capemu.policy.abi.Socket.SOCK_SEQPACKET;
import static org.capemu.policy.abi.Socket.SOCK_STREAM;

import org.jspecify.annotations.Nullable;

/**
 * The protocols of a GENERIC kernel, as pffindproto finds them; no SCTP, divert, or AF_KEY, which
 * are modules or options.
 */
final class Protocols {
  private static final int ANY = 0;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int UDPLITE = 136;
  private static final int DIVERT = 258;
  private static final int IPPROTO_MAX = 256;
  private static final int NETLINK_ROUTE = 0;
  private static final int NETLINK_GENERIC = 16;

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
        case AF_INET, AF_INET6 -> asked >= 0 && asked < IPPROTO_MAX && caller.isSuperuser();
        case AF_NETLINK -> asked == NETLINK_ROUTE || asked == NETLINK_GENERIC;
        default -> true;
      };
    }
  }

  private static final Protocol[] TABLE = {
    new Protocol(AF_UNIX, SOCK_STREAM, ANY, true),
    new Protocol(AF_UNIX, SOCK_DGRAM, ANY, true),
    new Protocol(AF_UNIX, SOCK_SEQPACKET, ANY, true),
    new Protocol(AF_INET, SOCK_STREAM, TCP, true),
    new Protocol(AF_INET, SOCK_DGRAM, UDP, true),
    new Protocol(AF_INET, SOCK_DGRAM, UDPLITE, true),
    new Protocol(AF_INET, SOCK_RAW, ANY, false),
    new Protocol(AF_INET6, SOCK_STREAM, TCP, true),
    new Protocol(AF_INET6, SOCK_DGRAM, UDP, true),
    new Protocol(AF_INET6, SOCK_DGRAM, UDPLITE, true),
    new Protocol(AF_INET6, SOCK_RAW, ANY, false),
    new Protocol(AF_ROUTE, SOCK_RAW, ANY, false),
    new Protocol(AF_NETLINK, SOCK_RAW, ANY, false),
    new Protocol(AF_NETLINK, SOCK_DGRAM, ANY, false),
  };

  private Protocols() {}

  /** Null where socket(2) fails with EAFNOSUPPORT, EPROTOTYPE or EPROTONOSUPPORT. */
  static @Nullable Protocol find(int domain, int typeAndFlags, int protocol) {
    int type = typeAndFlags & ~SOCK_FLAGS;
    if (domain == AF_INET && type == SOCK_RAW && protocol == DIVERT) {
      return null; // moved to AF_DIVERT
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
