package org.capemu.policy.abi;

/** FreeBSD's errors: errno(2). */
public final class Errno {
  /** Of execve(2) and sigreturn(2) that succeeded: registers are as the kernel set them. */
  public static final int EJUSTRETURN = -2;

  /** The call will be made again. */
  public static final int ERESTART = -1;

  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EBADF = 9;
  public static final int EFAULT = 14;
  public static final int ENOTDIR = 20;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int ENFILE = 23;
  public static final int EMFILE = 24;
  public static final int ENOTSOCK = 38;
  public static final int EMSGSIZE = 40;
  public static final int ENAMETOOLONG = 63;

  /** Capabilities insufficient. */
  public static final int ENOTCAPABLE = 93;

  /** Not permitted in capability mode. */
  public static final int ECAPMODE = 94;

  private Errno() {}
}
