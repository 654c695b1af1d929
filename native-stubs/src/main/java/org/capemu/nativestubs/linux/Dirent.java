package org.capemu.nativestubs.linux;

/** struct dirent of dirent.h, as 64-bit glibc and musl have it. */
public final class Dirent {
  private Dirent() {}

  /** d_name, ended by a NUL. */
  public static final int NAME = 19;
}
