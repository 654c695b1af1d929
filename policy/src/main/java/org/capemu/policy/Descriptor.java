package org.capemu.policy;

/**
 * An open file descriptor as the policy sees it: {@code struct filedescent}.
 *
 * @param kind what it refers to, as far as rules tell the kinds apart
 * @param rights what it may be used for
 */
public record Descriptor(Kind kind, CapRights rights) {
  /** {@code f_type} and, for sockets, the domain. */
  public enum Kind {
    NOT_OPEN,
    FILE,
    DIRECTORY,
    UNIX_SOCKET,
    INET_SOCKET,
    OTHER_SOCKET,
    /** Anything else: pipes, kqueues, shared memory, process descriptors, ... or not known. */
    OTHER
  }

  /** fget(9) would return EBADF. */
  public static final Descriptor NOT_OPEN = new Descriptor(Kind.NOT_OPEN, CapRights.NONE);

  /** A descriptor about which nothing is known but that it holds all rights. */
  public static final Descriptor UNLIMITED = new Descriptor(Kind.OTHER, CapRights.ALL);

  public boolean isOpen() {
    return kind != Kind.NOT_OPEN;
  }
}
