package org.capemu.tracer.linux;

/** Error numbers: errno(3). */
final class LinuxErrno {
  private static final ConstantTable TABLE = ConstantTables.get().table("errno");

  private LinuxErrno() {}

  /**
   * FreeBSD's number for Linux's. The kernel's own restart codes, which only a tracer sees, are
   * ERESTART, -1; a number that FreeBSD has no counterpart for is EINVAL.
   *
   * @param linux positive, as errno(3) has it; 0 is 0
   */
  static int toFreeBsd(int linux) {
    return (int) TABLE.toFreeBsd(linux);
  }
}
