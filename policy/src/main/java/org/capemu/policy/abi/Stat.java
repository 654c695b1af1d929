package org.capemu.policy.abi;

/** {@code sys/stat.h}: what st_mode says of a file, and where it is. */
public final class Stat {
  public static final int S_IFMT = 0170000;
  public static final int S_IFIFO = 0010000;
  public static final int S_IFCHR = 0020000;
  public static final int S_IFDIR = 0040000;
  public static final int S_IFBLK = 0060000;
  public static final int S_IFLNK = 0120000;
  public static final int S_IFWHT = 0160000;

  /** {@code st_mode} in {@code struct stat}: 16 bits. */
  public static final int ST_MODE = 24;

  private Stat() {}
}
