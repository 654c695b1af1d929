package org.capemu.policy;

import static org.capemu.policy.abi.Fcntl.F_GETFL;
import static org.capemu.policy.abi.Fcntl.F_GETLK;
import static org.capemu.policy.abi.Fcntl.F_GETOWN;
import static org.capemu.policy.abi.Fcntl.F_KINFO;
import static org.capemu.policy.abi.Fcntl.F_OGETLK;
import static org.capemu.policy.abi.Fcntl.F_OSETLK;
import static org.capemu.policy.abi.Fcntl.F_OSETLKW;
import static org.capemu.policy.abi.Fcntl.F_SETFL;
import static org.capemu.policy.abi.Fcntl.F_SETLK;
import static org.capemu.policy.abi.Fcntl.F_SETLKW;
import static org.capemu.policy.abi.Fcntl.F_SETLK_REMOTE;
import static org.capemu.policy.abi.Fcntl.F_SETOWN;

import org.capemu.policy.abi.LittleEndian;

/** kern_fcntl: what each command of fcntl(2) needs. */
final class FcntlRules {

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
        (call, caller, findings) -> {
          if (call.intAt(1) != F_KINFO) {
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
        (call, caller, findings) -> {
          int command = call.intAt(1);
          return switch (command) {
            case F_GETFL, F_SETFL, F_GETOWN, F_SETOWN -> {
              Descriptor descriptor = caller.descriptor(call.fd(0));
              if (!DescriptorRules.check(descriptor, Right.CAP_FCNTL.rights(), findings)) {
                yield false;
              }
              yield isListed(call.fd(0), command, strict, caller, findings);
            }
            case F_OGETLK, F_OSETLK, F_OSETLKW -> mayLock(call, OFLOCK_SIZE, caller, findings);
            case F_GETLK, F_SETLK, F_SETLKW -> mayLock(call, FLOCK_SIZE, caller, findings);
            case F_SETLK_REMOTE ->
                namesSystem(call.address(2), caller) && mayLock(call, FLOCK_SIZE, caller, findings);
            case F_KINFO -> {
              Descriptor descriptor = caller.descriptor(call.fd(0));
              if (descriptor.rights().contains(Right.CAP_FCNTL.rights())) {
                yield true; // whatever the size is
              }
              byte[] size = Memory.copyIn(caller, call.address(2), Integer.BYTES);
              yield size != null
                  && LittleEndian.getInt(size, 0) == KINFO_FILE_SIZE
                  && DescriptorRules.check(descriptor, Right.CAP_FCNTL.rights(), findings);
            }
            default -> true;
          };
        });
  }

  /** A lock of a remote system says which: {@code l_sysid}. */
  private static boolean namesSystem(long address, Caller caller) {
    byte[] lock = Memory.copyInIfKnown(caller, address, FLOCK_SIZE);
    return lock != null && (lock == Memory.UNKNOWN || LittleEndian.getInt(lock, FLOCK_SYSID) != 0);
  }

  private static boolean mayLock(SystemCall call, int size, Caller caller, Findings findings) {
    return Memory.isReadable(caller, call.address(2), size)
        && DescriptorRules.check(caller.descriptor(call.fd(0)), Right.CAP_FLOCK.rights(), findings);
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
