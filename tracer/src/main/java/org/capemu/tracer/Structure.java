package org.capemu.tracer;

/**
 * What a kernel records of the memory of a call, besides socket addresses: KTR_STRUCT and
 * KTR_STRUCT_ARRAY of ktrace(2). Sizes are those of FreeBSD's 64-bit ABI.
 */
public enum Structure {
  /** {@code struct stat} of stat(2). */
  STAT("stat", 224, false),
  /** A {@code cpuset_t} of cpuset_getaffinity(2), byte for byte: callers say how long theirs is. */
  CPUSET("cpuset_t", 1, true),
  /** A {@code cap_rights_t} of cap_rights_limit(2). */
  CAP_RIGHTS("caprights", 16, true),
  /** {@code struct itimerval} of setitimer(2). */
  ITIMERVAL("itimerval", 32, false),
  /** {@code struct thr_param} of thr_new(2), byte for byte: callers say how long theirs is. */
  THR_PARAM("thrparam", 1, false),
  /** {@code struct splice} of setsockopt(2) with SO_SPLICE. */
  SPLICE("splice", 32, false),
  /** {@code struct pollfd} of poll(2). */
  POLLFD("pollfd", 8, true),
  /** {@code struct kevent} of kevent(2). */
  KEVENT("kevent", 64, false);

  private final String recordName;
  private final int size;
  private final boolean sameIn32Bits;

  Structure(String recordName, int size, boolean sameIn32Bits) {
    this.recordName = recordName;
    this.size = size;
    this.sameIn32Bits = sameIn32Bits;
  }

  /** The name that its records carry. */
  public String recordName() {
    return recordName;
  }

  /** Bytes of one. */
  public int size() {
    return size;
  }

  /** Whether a 32-bit program's are laid out like a 64-bit one's. */
  public boolean isSameIn32Bits() {
    return sameIn32Bits;
  }
}
