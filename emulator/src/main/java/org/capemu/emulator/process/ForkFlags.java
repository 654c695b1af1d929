package org.capemu.emulator.process;

/** What a new process shares with its parent: {@code RF*} of rfork(2), pdfork(2). */
final class ForkFlags {
  static final int RFFDG = 0x4;
  static final int RFPROC = 0x10;
  static final int RFCFDG = 0x1000;
  static final int RFPROCDESC = 0x1000_0000;

  /** PD_CLOEXEC, in the flags of pdfork(2). */
  static final int PD_CLOEXEC = 0x2;

  private static final int RFSPAWN = 0x8000_0000;

  private ForkFlags() {}

  /** The flags that a call which forks hands to fork1. */
  static int of(CallInProgress call) {
    int asked = call.intAt(0);
    return switch (call.name()) {
      case "rfork" -> asked == RFSPAWN ? RFPROC | RFFDG : asked;
      case "pdfork" -> RFPROC | RFFDG | RFPROCDESC;
      default -> RFPROC | RFFDG;
    };
  }
}
