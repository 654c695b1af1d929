package org.capemu.emulator.dump;

import java.nio.charset.StandardCharsets;

/** Numbers by the names that kdump(1) gives them; the number itself where it has none. */
public final class KernelNames {
  private KernelNames() {}

  /** SIGSTOP: a number of FreeBSD's. */
  public static String signal(int signo) {
    return of("signal", signo);
  }

  /** IPPROTO_ICMP. */
  public static String protocol(int protocol) {
    return of("sockipproto", protocol);
  }

  /**
   * F_SETLK of fcntl(2), AMD64_SET_FSBASE of sysarch(2).
   *
   * @param call the call's name
   */
  public static String command(String call, int command) {
    return switch (call) {
      case "fcntl" -> of("fcntlcmd", command);
      case "sysarch" -> of("sysarchnum", command);
      default -> String.valueOf(command);
    };
  }

  /** TIOCGETA; {@code 0x...} for a request without a name. */
  public static String ioctl(long request) {
    byte[] name = Constants.ioctls().nameOf(request);
    return name == null
        ? "0x" + Long.toHexString(request)
        : new String(name, StandardCharsets.ISO_8859_1);
  }

  /** PT_ATTACH of ptrace(2). */
  public static String ptraceRequest(int request) {
    return of("ptraceop", request);
  }

  /** ECAPMODE: a number of FreeBSD's. */
  public static String error(int errno) {
    String name = Errno.name(errno);
    return name == null ? "errno " + errno : name;
  }

  private static String of(String table, int value) {
    byte[] name = Constants.table(table).nameOf(value);
    return name == null ? String.valueOf(value) : new String(name, StandardCharsets.ISO_8859_1);
  }
}
