package org.capemu.policy.abi;

/** {@code sys/fcntl.h}. */
public final class Fcntl {
  /** In place of a directory's descriptor: the working directory. */
  public static final int AT_FDCWD = -100;

  private Fcntl() {}
}
