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

  private final LookupRule fifo = new LookupRule(0, 1, Namei.CREATE).rights(Right.CAP_MKFIFOAT);
  private final LookupRule device = new LookupRule(0, 1, Namei.CREATE).rights(Right.CAP_MKNODAT);

  private final Memory memory;

  MakeNodeRule(Memory memory) {
    this.memory = memory;
  }

  @Override
  public boolean check(long[] args, Caller caller, Findings findings) {
    boolean split = !memory.is64Bit(); // dev_t: two arguments
    return switch ((int) args[2] & S_IFMT) {
      case S_IFIFO ->
          args[3] == 0 && (!split || args[4] == 0) && fifo.check(args, caller, findings);
      case S_IFCHR, S_IFBLK -> args[3] != VNOVAL && device.check(args, caller, findings);
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
