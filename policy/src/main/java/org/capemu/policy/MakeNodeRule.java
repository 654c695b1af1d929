package org.capemu.policy;

/** kern_mknodat: a fifo is made as mkfifoat(2) makes it, all else but devices is EINVAL. */
final class MakeNodeRule implements Rule {
  private static final int S_IFMT = 0170000;
  private static final int S_IFIFO = 0010000;
  private static final int S_IFCHR = 0020000;
  private static final int S_IFBLK = 0060000;
  private static final int S_IFWHT = 0160000;

  /** The number that no device can have. */
  private static final long VNOVAL = -1;

  private static final long LOW = 0xffff_ffffL;

  private final LookupRule fifo = new LookupRule(0, 1, Namei.CREATE).rights(Right.CAP_MKFIFOAT);
  private final LookupRule device = new LookupRule(0, 1, Namei.CREATE).rights(Right.CAP_MKNODAT);

  /** 0: the 32 bits of FreeBSD 11. */
  private final int deviceArgs;

  /**
   * @param deviceArgs over how many arguments a dev_t extends
   */
  MakeNodeRule(int deviceArgs) {
    this.deviceArgs = deviceArgs;
  }

  @Override
  public boolean check(long[] args, Caller caller, Findings findings) {
    long number =
        switch (deviceArgs) {
          case 0 -> args[3] & LOW;
          case 1 -> args[3];
          default -> args[3] & LOW | args[4] << Integer.SIZE;
        };
    return switch ((int) args[2] & S_IFMT) {
      case S_IFIFO -> number == 0 && fifo.check(args, caller, findings);
      case S_IFCHR, S_IFBLK -> number != VNOVAL && device.check(args, caller, findings);
      case S_IFWHT -> device.check(args, caller, findings);
      default -> false;
    };
  }

  @Override
  public void in(Place place) {
    fifo.in(place);
    device.in(place);
  }

  @Override
  public String toString() {
    return "for a fifo (mode 2) " + fifo + ", for a device " + device;
  }
}
