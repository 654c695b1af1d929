package org.capemu.policy;

/**
 * What capability mode would refuse: {@code enum ktr_cap_violation} and its data, one case for each
 * kernel kind, and {@link Untraced} for what a kernel refuses without recording it.
 */
public sealed interface Violation {
  /** CAPFAIL_NOTCAPABLE: a descriptor does not hold the rights that the call needs. */
  record NotCapable(CapRights needed, CapRights held) implements Violation {}

  /** CAPFAIL_INCREASE: cap_rights_limit(2) asks for rights that the descriptor does not hold. */
  record Increase(CapRights needed, CapRights held) implements Violation {}

  /**
   * CAPFAIL_SYSCALL: the call is not allowed at all, or not with this command.
   *
   * @param detail the command of fcntl(2) or the operation of sysarch(2); {@link #NO_DETAIL} where
   *     the kernel leaves it unset
   */
  record Syscall(int detail) implements Violation {
    public static final int NO_DETAIL = Integer.MIN_VALUE;

    /** The gate's violation: nothing but the call's number is known. */
    public static final Syscall NOT_ENABLED = new Syscall(NO_DETAIL);
  }

  /** CAPFAIL_SIGNAL: a signal to another process. */
  record Signal(int signo) implements Violation {}

  /** CAPFAIL_PROTO: a socket of a protocol that is not allowed, as the caller passed it. */
  record Proto(int protocol) implements Violation {}

  /**
   * CAPFAIL_SOCKADDR: a message with a destination address.
   *
   * @param sockaddr 16 bytes: the address in FreeBSD's form, cut or filled with zeros
   */
  record Sockaddr(byte[] sockaddr) implements Violation {}

  /**
   * CAPFAIL_NAMEI: a lookup outside what descriptors give.
   *
   * @param path {@code AT_FDCWD}, or the path, one char a byte, without NUL
   */
  record Namei(String path) implements Violation {}

  /** CAPFAIL_CPUSET: the affinity or domain of anything but the caller itself. */
  record Cpuset() implements Violation {}

  /**
   * Refused in capability mode although no kernel records it: found with {@link Mode#STRICT} only.
   *
   * @param errno what the call would fail with, in FreeBSD's numbers
   * @param reason one short lower-case sentence
   */
  record Untraced(int errno, String reason) implements Violation {}
}
