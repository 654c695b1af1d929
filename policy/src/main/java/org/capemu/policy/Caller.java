package org.capemu.policy;

import org.jspecify.annotations.Nullable;

/**
 * What a rule may ask about the process that makes the system call. A live tracer answers from the
 * stopped thread, a recorded trace from its records, a unit test from a mock.
 *
 * <p>Addresses are the caller's own. A method that reads the caller's memory returns null where the
 * kernel's copyin would fail with EFAULT. An implementation that cannot know an answer throws
 * {@link Undecided}; the rules let it pass through, so that nothing is ever guessed.
 */
public interface Caller {
  /** Process id, as getpid(2) returns it. */
  int pid();

  /** Thread id, as thr_self(2) returns it. */
  int tid();

  /**
   * cap_getmode(2): true if the process really is in capability mode, so that what the policy
   * refuses has failed there. A process that is only watched is not.
   */
  default boolean inCapabilityMode() {
    return false;
  }

  /**
   * What an open descriptor refers to and may be used for; {@link Descriptor#NOT_OPEN} where
   * fget(9) would return EBADF. Never null.
   */
  Descriptor descriptor(int fd);

  /**
   * False only when every open descriptor is known to hold all rights and to be good for any call,
   * so that rules about rights cannot find anything: their fast path.
   */
  boolean hasLimitedDescriptors();

  /**
   * The path at an address, as copyinstr(9) of PATH_MAX (1024) bytes reads it, one char a byte
   * (ISO-8859-1). Null for a bad pointer or a path without NUL within 1024 bytes. A rule asks once
   * for each lookup, in the order of the lookups.
   *
   * @throws Undecided if it is not known, as where ptrace(2) may not read the caller's memory
   */
  @Nullable String path(long address);

  /**
   * Of a path or a socket address that is not known: false if it may have been a bad pointer or
   * empty, so that nothing was looked up. What is refused whatever the path is, a lookup in the
   * working directory, is then not found.
   */
  default boolean looksUpUnknownPath() {
    return true;
  }

  /**
   * Copies the caller's memory: true if all {@code length} bytes were there. Little endian, the
   * caller's own layout.
   */
  boolean read(long address, byte[] buffer, int length);

  /**
   * A socket address in FreeBSD's form (sa_len, sa_family, data), as getsockaddr(9) copies it in;
   * null where that fails (EFAULT, or a length below 2 or above SOCK_MAXADDRLEN, 255).
   */
  byte @Nullable [] sockaddr(long address, int length);

  /**
   * The name of the node that a sysctl(3) MIB stands for: {@code kern.ostype}.
   *
   * @param mib the address of its numbers
   * @param length how many
   * @throws Undecided if it is not known
   */
  default String sysctlName(long mib, int length) {
    throw new Undecided("name of a sysctl node");
  }

  /**
   * False if it is known that this call does not fail for Capsicum's sake, as a record of its
   * return tells: then a lookup that may not leave its directory did not.
   */
  default boolean mayBeRefused() {
    return true;
  }

  /** False where priv_check(9) returns EPERM: the caller is not the superuser. */
  default boolean isSuperuser() {
    return true;
  }

  /** False where falloc(9) fails: the caller, or the system, has as many descriptors as it may. */
  default boolean hasFreeDescriptor() {
    return true;
  }

  /**
   * False if it is known that a call with the address of a unix socket failed before it looked the
   * address's path up: the socket has a peer already, a message is too long, and the like.
   */
  default boolean looksUpAddress() {
    return true;
  }

  /** The directories and links that a lookup of this caller meets. */
  FileTree files();
}
