package org.capemu.policy.abi;

/** {@code sys/fcntl.h}: open(2), fcntl(2), and the calls that take a directory's descriptor. */
public final class Fcntl {
  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 0x1;
  public static final int O_RDWR = 0x2;
  public static final int O_ACCMODE = 0x3;
  public static final int O_APPEND = 0x8;
  public static final int O_SHLOCK = 0x10;
  public static final int O_EXLOCK = 0x20;
  public static final int O_SYNC = 0x80;
  public static final int O_NOFOLLOW = 0x100;
  public static final int O_CREAT = 0x200;
  public static final int O_TRUNC = 0x400;
  public static final int O_EXCL = 0x800;
  public static final int O_DIRECTORY = 0x2_0000;
  public static final int O_EXEC = 0x4_0000;
  public static final int O_CLOEXEC = 0x10_0000;
  public static final int O_PATH = 0x40_0000;
  public static final int O_RESOLVE_BENEATH = 0x80_0000;
  public static final int O_DSYNC = 0x100_0000;
  public static final int O_EMPTY_PATH = 0x200_0000;
  public static final int O_CLOFORK = 0x800_0000;

  /** In place of a directory's descriptor: the working directory. */
  public static final int AT_FDCWD = -100;

  public static final int AT_EACCESS = 0x100;
  public static final int AT_SYMLINK_NOFOLLOW = 0x200;
  public static final int AT_SYMLINK_FOLLOW = 0x400;
  public static final int AT_REMOVEDIR = 0x800;
  public static final int AT_RESOLVE_BENEATH = 0x2000;
  public static final int AT_EMPTY_PATH = 0x4000;

  /** In place of a file's descriptor, funlinkat(2): whichever file it is. */
  public static final int FD_NONE = -200;

  public static final int F_DUPFD = 0;
  public static final int F_SETFD = 2;
  public static final int F_GETFL = 3;
  public static final int F_SETFL = 4;
  public static final int F_GETOWN = 5;
  public static final int F_SETOWN = 6;
  public static final int F_OGETLK = 7;
  public static final int F_OSETLK = 8;
  public static final int F_OSETLKW = 9;
  public static final int F_DUP2FD = 10;
  public static final int F_GETLK = 11;
  public static final int F_SETLK = 12;
  public static final int F_SETLKW = 13;
  public static final int F_SETLK_REMOTE = 14;
  public static final int F_DUPFD_CLOEXEC = 17;
  public static final int F_DUP2FD_CLOEXEC = 18;
  public static final int F_KINFO = 22;
  public static final int F_DUPFD_CLOFORK = 23;

  /** With FD_ flags above {@link #F_DUP3FD_SHIFT}. */
  public static final int F_DUP3FD = 24;

  public static final int F_DUP3FD_SHIFT = 16;

  public static final int FD_CLOEXEC = 0x1;
  public static final int FD_RESOLVE_BENEATH = 0x2;
  public static final int FD_CLOFORK = 0x4;

  private Fcntl() {}
}
