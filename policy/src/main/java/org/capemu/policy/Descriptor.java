package org.capemu.policy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An open file descriptor as the policy sees it: {@code struct filedescent} and its {@code struct
 * filecaps}.
 *
 * @param kind what it refers to, as far as rules tell the kinds apart
 * @param rights what it may be used for
 * @param fcntls the fcntl(2) commands it may be used for: CAP_FCNTL_ bits, cap_fcntls_limit(2)
 * @param ioctls the ioctl(2) commands it may be used for, cap_ioctls_limit(2); null for all
 * @param resolveBeneath FD_RESOLVE_BENEATH: every lookup that starts here stays beneath it
 */
public record Descriptor(
    Kind kind, CapRights rights, int fcntls, @Nullable List<Long> ioctls, boolean resolveBeneath) {
  /** {@code f_type} and, for sockets, the domain. */
  public enum Kind {
    NOT_OPEN,
    FILE,
    DIRECTORY,
    /** SOCK_STREAM or SOCK_SEQPACKET, or a unix socket of a type that is not known. */
    UNIX_SOCKET,
    /** SOCK_DGRAM: looks up a path for each message with an address. */
    UNIX_DATAGRAM_SOCKET,
    INET_SOCKET,
    OTHER_SOCKET,
    KQUEUE,
    /** Has pages, as a file has, but no vnode. */
    SHARED_MEMORY,
    /** None of these: pipes, process descriptors, timers, event counters, message queues, ... */
    SPECIAL,
    /** Not known, but open. */
    OTHER
  }

  /** CAP_FCNTL_ALL: GETFL, SETFL, GETOWN, SETOWN. */
  public static final int ALL_FCNTLS = 0x78;

  /** fget(9) would return EBADF. */
  public static final Descriptor NOT_OPEN =
      new Descriptor(Kind.NOT_OPEN, CapRights.NONE, 0, List.of(), false);

  /** A descriptor about which nothing is known but that it holds all rights. */
  public static final Descriptor UNLIMITED = unlimited(Kind.OTHER);

  public Descriptor {
    ioctls = ioctls == null ? null : List.copyOf(ioctls);
  }

  /** Any fcntl and ioctl that the rights leave, as cap_rights_limit(2) would set it. */
  public Descriptor(Kind kind, CapRights rights) {
    this(
        kind,
        rights,
        rights.contains(CapRights.of(Right.CAP_FCNTL)) ? ALL_FCNTLS : 0,
        rights.contains(CapRights.of(Right.CAP_IOCTL)) ? null : List.of(),
        false);
  }

  /** A new descriptor: it holds all rights. */
  public static Descriptor unlimited(Kind kind) {
    return new Descriptor(kind, CapRights.ALL);
  }

  public boolean isOpen() {
    return kind != Kind.NOT_OPEN;
  }

  /**
   * True if nothing was ever taken from it, so that a lookup may leave the directory that it refers
   * to: the test at the end of fgetvp_lookup.
   */
  public boolean isUnlimited() {
    return rights.contains(CapRights.ALL) && fcntls == ALL_FCNTLS && ioctls == null;
  }

  /** kern_cap_rights_limit: what is left after a successful cap_rights_limit(2). */
  public Descriptor limitedTo(CapRights limit) {
    return new Descriptor(
        kind,
        limit,
        limit.contains(CapRights.of(Right.CAP_FCNTL)) ? fcntls : 0,
        limit.contains(CapRights.of(Right.CAP_IOCTL)) ? ioctls : List.of(),
        resolveBeneath);
  }

  /** cap_fcntls_limit(2): the commands that are left, as CAP_FCNTL_ bits. */
  public Descriptor withFcntls(int limit) {
    return new Descriptor(kind, rights, limit, ioctls, resolveBeneath);
  }

  /** cap_ioctls_limit(2): the commands that are left. */
  public Descriptor withIoctls(List<Long> limit) {
    return new Descriptor(kind, rights, fcntls, limit, resolveBeneath);
  }

  /** FD_RESOLVE_BENEATH is set, or the descriptor was opened beneath one that has it. */
  public Descriptor withResolveBeneath(boolean beneath) {
    return new Descriptor(kind, rights, fcntls, ioctls, beneath);
  }

  /** The same limits on something else: what accept(2), openat(2) and the like carry along. */
  public Descriptor withKind(Kind other) {
    return new Descriptor(other, rights, fcntls, ioctls, resolveBeneath);
  }
}
