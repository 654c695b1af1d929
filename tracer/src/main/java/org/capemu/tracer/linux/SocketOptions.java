package org.capemu.tracer.linux;

/** Level and name of a socket option, which FreeBSD numbers together: the one decides the other. */
final class SocketOptions {
  private static final int LINUX_SOL_SOCKET = 1;
  private static final int SOL_LOCAL = 0;
  private static final int IPPROTO_IP = 0;
  private static final int IPPROTO_TCP = 6;
  private static final int IPPROTO_IPV6 = 41;

  private static final ConstantTable LEVEL = ConstantTables.get().table("socketOptionLevel");
  private static final ConstantTable LOCAL = ConstantTables.get().table("localOption");
  private static final ConstantTable SOCKET = ConstantTables.get().table("soOption");
  private static final ConstantTable IP = ConstantTables.get().table("ipOption");
  private static final ConstantTable IPV6 = ConstantTables.get().table("ip6Option");
  private static final ConstantTable TCP = ConstantTables.get().table("tcpOption");

  private SocketOptions() {}

  static long level(long level, long option) {
    return isLocal(level, option) ? SOL_LOCAL : LEVEL.toFreeBsd(level);
  }

  static long option(long level, long option) {
    return switch ((int) level) {
      case LINUX_SOL_SOCKET -> (isLocal(level, option) ? LOCAL : SOCKET).toFreeBsd(option);
      case IPPROTO_IP -> IP.toFreeBsd(option);
      case IPPROTO_TCP -> TCP.toFreeBsd(option);
      case IPPROTO_IPV6 -> IPV6.toFreeBsd(option);
      default -> option;
    };
  }

  private static boolean isLocal(long level, long option) {
    return (int) level == LINUX_SOL_SOCKET && LOCAL.hasCounterpart(option);
  }
}
