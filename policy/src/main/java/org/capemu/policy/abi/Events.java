package org.capemu.policy.abi;

/** {@code sys/event.h}, {@code sys/poll.h}. */
public final class Events {
  public static final int EV_ADD = 0x1;
  public static final int EV_ENABLE = 0x4;
  public static final int EV_DISABLE = 0x8;
  public static final int EV_ONESHOT = 0x10;
  public static final int EV_CLEAR = 0x20;
  public static final int EV_RECEIPT = 0x40;
  public static final int EV_DISPATCH = 0x80;
  public static final int EV_KEEPUDATA = 0x200;
  public static final int EV_ERROR = 0x4000;

  /** In {@code struct kevent} of a 64-bit process, after ident and filter. */
  public static final int KEVENT_FLAGS = 10;

  /** After fflags; there an EV_ERROR has its errno. */
  public static final int KEVENT_DATA = 16;

  /** {@code struct pollfd}: fd, events, revents. */
  public static final int POLLFD_SIZE = 8;

  public static final int POLLFD_REVENTS = 6;
  public static final int POLLNVAL = 0x20;

  private Events() {}

  /** {@code sizeof(struct kevent)}. */
  public static int keventSize(boolean is64Bit) {
    return is64Bit ? 64 : 56;
  }

  /** {@code sizeof(struct freebsd11_kevent)}. */
  public static int oldKeventSize(boolean is64Bit) {
    return is64Bit ? 32 : 20;
  }
}
