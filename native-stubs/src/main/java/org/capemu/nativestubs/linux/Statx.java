package org.capemu.nativestubs.linux;

/** statx(2), for which older C libraries have no function: x86-64's number, struct statx. */
public final class Statx {
  private Statx() {}

  public static final int NUMBER = 332;

  public static final int AT_FDCWD = -100;
  public static final int AT_SYMLINK_NOFOLLOW = 0x100;
  public static final int AT_NO_AUTOMOUNT = 0x800;

  /** What is known of the file is enough: nobody is asked over a network, or by fuse(4). */
  public static final int AT_STATX_DONT_SYNC = 0x4000;

  /** STATX_TYPE. */
  public static final int TYPE = 1;

  /** STATX_NLINK. */
  public static final int NLINK = 4;

  /** stx_nlink, 32 bits. */
  public static final int LINKS = 16;

  /** stx_mode, 16 bits. */
  public static final int MODE = 28;

  public static final int S_IFMT = 0170000;
  public static final int S_IFDIR = 0040000;
  public static final int S_IFREG = 0100000;
  public static final int S_IFLNK = 0120000;
}
