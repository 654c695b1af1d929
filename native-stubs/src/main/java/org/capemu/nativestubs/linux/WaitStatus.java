package org.capemu.nativestubs.linux;

/** The status word of wait4(2), taken apart as the macros of sys/wait.h do. */
public final class WaitStatus {
  /** wait4(2): children of every kind, threads included. */
  public static final int WALL = 0x40000000;

  /** wait4(2): only what the calling thread itself traces or has made. */
  public static final int WNOTHREAD = 0x20000000;

  /** wait4(2): do not wait, return 0. */
  public static final int WNOHANG = 1;

  private WaitStatus() {}

  public static boolean isExited(int status) {
    return (status & 0x7f) == 0;
  }

  public static int exitStatus(int status) {
    return (status >> 8) & 0xff;
  }

  public static boolean isSignaled(int status) {
    int low = status & 0x7f;
    return low != 0 && low != 0x7f;
  }

  public static int termSignal(int status) {
    return status & 0x7f;
  }

  public static boolean isStopped(int status) {
    return (status & 0xff) == 0x7f;
  }

  public static int stopSignal(int status) {
    return (status >> 8) & 0xff;
  }

  /** The PTRACE_EVENT of a stop; 0 if there is none. */
  public static int event(int status) {
    return status >>> 16;
  }
}
