package org.capemu.tracer.host;

import org.capemu.nativestubs.posix.FileNumbers;
import org.capemu.nativestubs.posix.PosixLibc;

/** Where capemu's own words go. */
public final class HostTerminal {
  private static final int STDERR_FILENO = 2;

  private HostTerminal() {}

  /** Whether standard error is a terminal: isatty(3). Loads libc. */
  public static boolean isStandardError() {
    return FileNumbers.ofThisSystem() != null && PosixLibc.get().isatty(STDERR_FILENO) == 1;
  }
}
