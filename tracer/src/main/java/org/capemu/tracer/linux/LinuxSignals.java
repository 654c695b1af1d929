package org.capemu.tracer.linux;

/** Signals, their codes and sets: signal(7) of Linux, sigaction(2) of FreeBSD. */
final class LinuxSignals {
  private static final int SI_KERNEL = 0x80;
  private static final int LINUX_SIGTRAP = 5;
  private static final int LINUX_SIGBUS = 7;
  private static final int LINUX_SIGFPE = 8;
  private static final int LINUX_SIGSEGV = 11;

  private static final ConstantTable SIGNAL = ConstantTables.get().table("signal");
  private static final ConstantTable ANY_CODE = ConstantTables.get().table("anySignalCode");
  private static final ConstantTable FPE_CODE = ConstantTables.get().table("fpeCode");
  private static final ConstantTable SEGV_CODE = ConstantTables.get().table("segvCode");
  private static final ConstantTable BUS_CODE = ConstantTables.get().table("busCode");
  private static final ConstantTable TRAP_CODE = ConstantTables.get().table("trapCode");

  private LinuxSignals() {}

  /**
   * FreeBSD's number of a Linux signal, 1 to 64; any other number, 0 included, is left as it is.
   */
  static int toFreeBsd(int linux) {
    return (int) SIGNAL.toFreeBsd(linux);
  }

  /**
   * FreeBSD's {@code si_code} for Linux's.
   *
   * @param linuxSignal decides what a positive code means
   */
  static int codeToFreeBsd(int linuxSignal, int linuxCode) {
    if (linuxCode <= 0 || linuxCode == SI_KERNEL) {
      return (int) ANY_CODE.toFreeBsd(linuxCode);
    }
    return (int)
        switch (linuxSignal) {
          case LINUX_SIGFPE -> FPE_CODE.toFreeBsd(linuxCode);
          case LINUX_SIGSEGV -> SEGV_CODE.toFreeBsd(linuxCode);
          case LINUX_SIGBUS -> BUS_CODE.toFreeBsd(linuxCode);
          case LINUX_SIGTRAP -> TRAP_CODE.toFreeBsd(linuxCode);
          default -> linuxCode;
        };
  }

  /** The first word of FreeBSD's {@code sigset_t}, signals 1 to 64, for Linux's whole set. */
  static long maskLow(long linuxMask) {
    return mask(linuxMask, 0);
  }

  /** The second word of FreeBSD's {@code sigset_t}, signals 65 to 128, for Linux's whole set. */
  static long maskHigh(long linuxMask) {
    return mask(linuxMask, 1);
  }

  private static long mask(long linuxMask, int word) {
    long mask = 0;
    for (long rest = linuxMask; rest != 0; rest &= rest - 1) {
      int bit = toFreeBsd(Long.numberOfTrailingZeros(rest) + 1) - 1;
      if (bit / Long.SIZE == word) {
        mask |= 1L << bit;
      }
    }
    return mask;
  }
}
