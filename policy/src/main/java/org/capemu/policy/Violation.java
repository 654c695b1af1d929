package org.capemu.policy;

import java.util.Arrays;
import java.util.HexFormat;
import org.capemu.policy.abi.Errno;

/**
 * What capability mode would refuse: {@code enum ktr_cap_violation} and its data, one case for each
 * kernel kind, and {@link Untraced} for what a kernel refuses without recording it.
 */
public sealed interface Violation {
  /** ENOTCAPABLE: Capabilities insufficient. */
  int ENOTCAPABLE = Errno.ENOTCAPABLE;

  /** ECAPMODE: Not permitted in capability mode. */
  int ECAPMODE = Errno.ECAPMODE;

  /** What the call fails with in capability mode, in FreeBSD's numbers. */
  int errno();

  /**
   * The kind by its kernel name, and its data: {@code NOTCAPABLE, needs CAP_WRITE, holds CAP_READ}.
   * A path is as it is, one char a byte: who shows it to a person escapes it.
   */
  String describe();

  /** CAPFAIL_NOTCAPABLE: a descriptor does not hold the rights that the call needs. */
  record NotCapable(CapRights needed, CapRights held) implements Violation {
    @Override
    public int errno() {
      return ENOTCAPABLE;
    }

    @Override
    public String describe() {
      return "NOTCAPABLE, needs " + needed + ", holds " + held;
    }

    @Override
    public String toString() {
      return describe();
    }
  }

  /** CAPFAIL_INCREASE: cap_rights_limit(2) asks for rights that the descriptor does not hold. */
  record Increase(CapRights needed, CapRights held) implements Violation {
    @Override
    public int errno() {
      return ENOTCAPABLE;
    }

    @Override
    public String describe() {
      return "INCREASE, to " + needed + ", holds " + held;
    }

    @Override
    public String toString() {
      return describe();
    }
  }

  /**
   * CAPFAIL_SYSCALL: the call is not allowed at all, or not with this command.
   *
   * @param detail the command of fcntl(2) or the operation of sysarch(2), any int; {@link
   *     #NO_DETAIL}, which is none, where the kernel leaves it unset
   */
  record Syscall(long detail) implements Violation {
    public static final long NO_DETAIL = Long.MIN_VALUE;

    /** The gate's violation: nothing but the call's number is known. */
    public static final Syscall NOT_ENABLED = new Syscall(NO_DETAIL);

    @Override
    public int errno() {
      return ECAPMODE;
    }

    @Override
    public String describe() {
      return detail == NO_DETAIL ? "SYSCALL" : "SYSCALL, command " + detail;
    }

    @Override
    public String toString() {
      return describe();
    }
  }

  /** CAPFAIL_SIGNAL: a signal to another process. */
  record Signal(int signo) implements Violation {
    @Override
    public int errno() {
      return ECAPMODE;
    }

    @Override
    public String describe() {
      return "SIGNAL " + signo;
    }

    @Override
    public String toString() {
      return describe();
    }
  }

  /** CAPFAIL_PROTO: a socket of a protocol that is not allowed, as the caller passed it. */
  record Proto(int protocol) implements Violation {
    @Override
    public int errno() {
      return ECAPMODE;
    }

    @Override
    public String describe() {
      return "PROTO " + protocol;
    }

    @Override
    public String toString() {
      return describe();
    }
  }

  /**
   * CAPFAIL_SOCKADDR: a message with a destination address.
   *
   * @param sockaddr 16 bytes: the address in FreeBSD's form, cut or filled with zeros
   */
  @SuppressWarnings("ArrayRecordComponent") // equals compares the bytes
  record Sockaddr(byte[] sockaddr) implements Violation {
    private static final int LENGTH = 16;

    /** Cuts an address of any length to what a record holds, or fills it up. */
    public static Sockaddr cut(byte[] address) {
      return new Sockaddr(Arrays.copyOf(address, LENGTH));
    }

    @Override
    public int errno() {
      return ECAPMODE;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Sockaddr that && Arrays.equals(sockaddr, that.sockaddr);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(sockaddr);
    }

    @Override
    public String describe() {
      return "SOCKADDR " + HexFormat.of().formatHex(sockaddr);
    }

    @Override
    public String toString() {
      return describe();
    }
  }

  /**
   * CAPFAIL_NAMEI: a lookup outside what descriptors give.
   *
   * @param path {@code AT_FDCWD}, or the path, one char a byte, without NUL
   * @param errno not recorded, and so no part of equality
   */
  record Namei(String path, int errno) implements Violation {
    /** What a record of this kind says where the directory is the working directory. */
    public static final String AT_FDCWD = "AT_FDCWD";

    /** A violation of namei(9) itself: ECAPMODE for AT_FDCWD, ENOTCAPABLE for any path. */
    public Namei(String path) {
      this(path, path.equals(AT_FDCWD) ? ECAPMODE : ENOTCAPABLE);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Namei that && path.equals(that.path);
    }

    @Override
    public int hashCode() {
      return path.hashCode();
    }

    @Override
    public String describe() {
      return "NAMEI \"" + path + "\"";
    }

    @Override
    public String toString() {
      return describe();
    }
  }

  /** CAPFAIL_CPUSET: the affinity or domain of anything but the caller itself. */
  record Cpuset() implements Violation {
    @Override
    public int errno() {
      return ECAPMODE;
    }

    @Override
    public String describe() {
      return "CPUSET";
    }

    @Override
    public String toString() {
      return describe();
    }
  }

  /**
   * Refused in capability mode although no kernel records it: found with {@link Mode#STRICT} only.
   *
   * @param errno what the call would fail with, in FreeBSD's numbers
   * @param reason one short lower-case sentence
   */
  record Untraced(int errno, String reason) implements Violation {
    @Override
    public String describe() {
      return reason;
    }

    @Override
    public String toString() {
      return describe();
    }
  }
}
