package org.capemu.policy;

import static org.capemu.policy.abi.Stat.S_IFBLK;
import static org.capemu.policy.abi.Stat.S_IFCHR;
import static org.capemu.policy.abi.Stat.S_IFIFO;
import static org.capemu.policy.abi.Stat.S_IFMT;
import static org.capemu.policy.abi.Stat.S_IFWHT;

/**
 * kern_mknodat: a fifo is made as mkfifoat(2) makes it; devices and whiteouts are for the
 * superuser, PRIV_VFS_MKNOD_DEV and PRIV_VFS_MKNOD_WHT; all else is EINVAL.
 */
final class MakeNodeRule implements Rule {

  /** The number that no device can have. */
  private static final long VNOVAL = -1;

  private final LookupRule fifo;
  private final LookupRule device;
  private final int modeArg;

  /** As that of FreeBSD 11. */
  private final boolean of32Bits;

  /**
   * @param dirfdArg as that of {@link LookupRule}
   * @param pathArg the argument with the path; mode and device follow it
   * @param of32Bits whether a dev_t is the one of FreeBSD 11
   */
  MakeNodeRule(int dirfdArg, int pathArg, boolean of32Bits) {
    this.fifo = new LookupRule(dirfdArg, pathArg, Namei.CREATE).rights(Right.CAP_MKFIFOAT);
    this.device = new LookupRule(dirfdArg, pathArg, Namei.CREATE).rights(Right.CAP_MKNODAT);
    this.modeArg = pathArg + 1;
    this.of32Bits = of32Bits;
  }

  @Override
  public boolean check(SystemCall call, Caller caller, Findings findings) {
    int deviceArg = modeArg + 1;
    long number = of32Bits ? Integer.toUnsignedLong(call.intAt(deviceArg)) : call.wideAt(deviceArg);
    return switch (call.intAt(modeArg) & S_IFMT) {
      case S_IFIFO -> number == 0 && fifo.check(call, caller, findings);
      case S_IFCHR, S_IFBLK ->
          number != VNOVAL && caller.isSuperuser() && device.check(call, caller, findings);
      case S_IFWHT -> caller.isSuperuser() && device.check(call, caller, findings);
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
    return "for a fifo (mode " + modeArg + ") " + fifo + ", for a device " + device;
  }
}
