package org.capemu.policy;

/** kern_fcntl: what each command of fcntl(2) needs. */
final class FcntlRules {
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int F_GETOWN = 5;
  private static final int F_SETOWN = 6;
  private static final int F_OGETLK = 7;
  private static final int F_OSETLK = 8;
  private static final int F_OSETLKW = 9;
  private static final int F_GETLK = 11;
  private static final int F_SETLK = 12;
  private static final int F_SETLKW = 13;
  private static final int F_SETLK_REMOTE = 14;
  private static final int F_KINFO = 22;

  /** sizeof(struct kinfo_file), which the caller must have put into it. */
  private static final int KINFO_FILE_SIZE = 1392;

  private static final int FLOCK_SIZE = 32;
  private static final int FLOCK_SYSID = 24;
  private static final int OFLOCK_SIZE = 24;

  private FcntlRules() {}

  /** SYSCALL with the command, before anything else is looked at. */
  static Rule kinfo() {
    return Rule.of(
        "command 1 is not F_KINFO",
        (args, caller, findings) -> {
          if ((int) args[1] != F_KINFO) {
            return true;
          }
          findings.violation(new Violation.Syscall(F_KINFO));
          return !caller.inCapabilityMode();
        });
  }

  /** fget_fcntl, and fget for locks. All other commands need no right. */
  static Rule rights(boolean strict) {
    return Rule.aboutLimits(
        "descriptor 0 needs CAP_FCNTL or CAP_FLOCK by command 1",
        (args, caller, findings) -> {
          int command = (int) args[1];
          return switch (command) {
            case F_GETFL, F_SETFL, F_GETOWN, F_SETOWN -> {
              Descriptor descriptor = caller.descriptor((int) args[0]);
              if (!DescriptorRules.check(descriptor, Right.CAP_FCNTL.rights(), findings)) {
                yield false;
              }
              yield isListed((int) args[0], command, strict, caller, findings);
            }
            case F_OGETLK, F_OSETLK, F_OSETLKW -> mayLock(args, OFLOCK_SIZE, caller, findings);
            case F_GETLK, F_SETLK, F_SETLKW -> mayLock(args, FLOCK_SIZE, caller, findings);
            case F_SETLK_REMOTE ->
                namesSystem(args[2], caller) && mayLock(args, FLOCK_SIZE, caller, findings);
            case F_KINFO -> {
              Descriptor descriptor = caller.descriptor((int) args[0]);
              if (descriptor.rights().contains(Right.CAP_FCNTL.rights())) {
                yield true; // whatever the size is
              }
              byte[] size = Memory.copyIn(caller, args[2], Integer.BYTES);
              yield size != null
                  && Memory.getInt(size, 0) == KINFO_FILE_SIZE
                  && DescriptorRules.check(descriptor, Right.CAP_FCNTL.rights(), findings);
            }
            default -> true;
          };
        });
  }

  /** A lock of a remote system says which: {@code l_sysid}. */
  private static boolean namesSystem(long address, Caller caller) {
    byte[] lock = Memory.copyInIfKnown(caller, address, FLOCK_SIZE);
    return lock != null && (lock == Memory.UNKNOWN || Memory.getInt(lock, FLOCK_SYSID) != 0);
  }

  private static boolean mayLock(long[] args, int size, Caller caller, Findings findings) {
    return Memory.isReadable(caller, args[2], size)
        && DescriptorRules.check(
            caller.descriptor((int) args[0]), Right.CAP_FLOCK.rights(), findings);
  }

  /** cap_fcntl_check. */
  private static boolean isListed(
      int fd, int command, boolean strict, Caller caller, Findings findings) {
    if ((caller.descriptor(fd).fcntls() & 1 << command) != 0) {
      return true;
    }
    if (strict) {
      findings.violation(
          new Violation.Untraced(
              Violation.ENOTCAPABLE,
              StrictCheck.FCNTL,
              new Violation.Subject.OfDescriptor(fd, command)));
    }
    return false;
  }
}
