package org.capemu.tracer.linux;

/** The names of Linux's x86-64 system calls: syscalls(2). */
public final class LinuxSyscalls {
  private LinuxSyscalls() {}

  /**
   * The name of a call; {@code #N} for a number that Linux 6.19 does not have, as kdump(1) does.
   */
  public static String name(int number) {
    TranslationTable.Line line = TranslationTable.get().line(number);
    return line == null ? "#" + number : line.name();
  }
}
