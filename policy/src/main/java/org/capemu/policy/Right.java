package org.capemu.policy;

/**
 * The capability rights of 15.0: rights(4). They stand in the order in which kdump(1) tries them
 * for a name, a right before those that it contains, so that one pass names a set shortly.
 *
 * <p>{@link #CAP_RECV}, {@link #CAP_SEND} and {@link #CAP_POLL_EVENT} are other names of three of
 * them, which kdump(1) never prints.
 */
public enum Right {
  CAP_MMAP_RWX(0, 0x3fL),
  CAP_MMAP_WX(0, 0x3eL),
  CAP_MMAP_RX(0, 0x3dL),
  CAP_MMAP_RW(0, 0x1fL),
  CAP_MMAP_R(0, 0x1dL),
  CAP_MMAP_W(0, 0x1eL),
  CAP_MMAP_X(0, 0x3cL),
  CAP_PWRITE(0, 0xeL),
  CAP_PREAD(0, 0xdL),
  CAP_READ(0, 0x1L),
  CAP_WRITE(0, 0x2L),
  CAP_MMAP(0, 0x10L),
  CAP_SEEK(0, 0xcL),
  CAP_SEEK_TELL(0, 0x4L),
  CAP_CREATE(0, 0x40L),
  CAP_FEXECVE(0, 0x80L),
  CAP_FSYNC(0, 0x100L),
  CAP_FTRUNCATE(0, 0x200L),
  CAP_RENAMEAT_TARGET(0, 0x40000000400L),
  CAP_FCHDIR(0, 0x800L),
  CAP_CHFLAGSAT(0, 0x1400L),
  CAP_LINKAT_SOURCE(0, 0x20000000400L),
  CAP_FCHMODAT(0, 0x2400L),
  CAP_FCHFLAGS(0, 0x1000L),
  CAP_FCHOWNAT(0, 0x4400L),
  CAP_CONNECTAT(0, 0x10000000400L),
  CAP_FCNTL(0, 0x8000L),
  CAP_FLOCK(0, 0x10000L),
  CAP_FPATHCONF(0, 0x20000L),
  CAP_FSCK(0, 0x40000L),
  CAP_FSTATAT(0, 0x80400L),
  CAP_FCHMOD(0, 0x2000L),
  CAP_FSTATFS(0, 0x100000L),
  CAP_FUTIMESAT(0, 0x200400L),
  CAP_FCHOWN(0, 0x4000L),
  CAP_BINDAT(0, 0x8000000400L),
  CAP_FSTAT(0, 0x80000L),
  CAP_FUTIMES(0, 0x200000L),
  CAP_UNLINKAT(0, 0x10000400L),
  CAP_SYMLINKAT(0, 0x8000400L),
  CAP_RENAMEAT_SOURCE(0, 0x4000400L),
  CAP_MKNODAT(0, 0x2000400L),
  CAP_ACCEPT(0, 0x20000000L),
  CAP_BIND(0, 0x40000000L),
  CAP_CONNECT(0, 0x80000000L),
  CAP_GETPEERNAME(0, 0x100000000L),
  CAP_GETSOCKNAME(0, 0x200000000L),
  CAP_GETSOCKOPT(0, 0x400000000L),
  CAP_LISTEN(0, 0x800000000L),
  CAP_PEELOFF(0, 0x1000000000L),
  CAP_SETSOCKOPT(0, 0x2000000000L),
  CAP_SHUTDOWN(0, 0x4000000000L),
  CAP_MKFIFOAT(0, 0x1000400L),
  CAP_MKDIRAT(0, 0x800400L),
  CAP_LINKAT_TARGET(0, 0x400400L),
  CAP_LOOKUP(0, 0x400L),
  CAP_FCHROOT(0, 0x80000000000L),
  CAP_MAC_GET(1, 0x1L),
  CAP_MAC_SET(1, 0x2L),
  CAP_SEM_GETVALUE(1, 0x4L),
  CAP_SEM_POST(1, 0x8L),
  CAP_SEM_WAIT(1, 0x10L),
  CAP_EVENT(1, 0x20L),
  CAP_KQUEUE(1, 0x100040L),
  CAP_IOCTL(1, 0x80L),
  CAP_TTYHOOK(1, 0x100L),
  CAP_PDGETPID(1, 0x200L),
  CAP_PDWAIT(1, 0x400L),
  CAP_PDKILL(1, 0x800L),
  CAP_EXTATTR_DELETE(1, 0x1000L),
  CAP_EXTATTR_GET(1, 0x2000L),
  CAP_EXTATTR_LIST(1, 0x4000L),
  CAP_EXTATTR_SET(1, 0x8000L),
  CAP_ACL_CHECK(1, 0x10000L),
  CAP_ACL_DELETE(1, 0x20000L),
  CAP_ACL_GET(1, 0x40000L),
  CAP_ACL_SET(1, 0x80000L),
  CAP_KQUEUE_CHANGE(1, 0x100000L),
  CAP_KQUEUE_EVENT(1, 0x40L),
  CAP_INOTIFY_ADD(1, 0x200000L),
  CAP_INOTIFY_RM(1, 0x400000L);

  /** To receive is to read. */
  public static final Right CAP_RECV = CAP_READ;

  /** To send is to write. */
  public static final Right CAP_SEND = CAP_WRITE;

  public static final Right CAP_POLL_EVENT = CAP_EVENT;

  @SuppressWarnings("ImmutableEnumChecker") // a record of numbers
  private final CapRights rights;

  Right(int word, long bits) {
    rights = word == 0 ? new CapRights(bits, 0) : new CapRights(0, bits);
  }

  /** The set of this right alone: one bit or, where it contains others, several. */
  public CapRights rights() {
    return rights;
  }
}
