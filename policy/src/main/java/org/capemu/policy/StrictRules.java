package org.capemu.policy;

import static org.capemu.policy.Violation.Subject.OfDescriptor.NO_COMMAND;

import java.util.ArrayList;
import java.util.List;
import org.capemu.policy.Violation.Subject;

/**
 * Limits of descriptors that refuse a call without any record: they find something only with {@link
 * Mode#STRICT}.
 */
final class StrictRules {
  private static final int MOST_IOCTLS = 256;

  /** How an ioctl(2) command says what it passes: {@code sys/ioccom.h}. */
  private static final int IOC_VOID = 0x2000_0000;

  private static final int IOC_OUT = 0x4000_0000;
  private static final int IOC_IN = 0x8000_0000;
  private static final int IOCPARM_SHIFT = 16;
  private static final int IOCPARM_MASK = 0x1fff;

  private StrictRules() {}

  /** sys_ioctl: ENOTTY for a command that cannot be, EFAULT for what it passes. */
  static Rule ioctlCommand() {
    return Rule.aboutLimits(
        "command 1 is one, and what it passes is there",
        (call, caller, findings) -> {
          int command = call.intAt(1);
          int size = command >> IOCPARM_SHIFT & IOCPARM_MASK;
          boolean isInteger = (command & IOC_VOID) != 0 && size > 0;
          boolean isCommand =
              (command & (IOC_VOID | IOC_OUT | IOC_IN)) != 0
                  && ((command & IOC_OUT) == 0 || size > 0)
                  && (!isInteger || size == Integer.BYTES);
          boolean passes = (command & IOC_IN) != 0 && !isInteger;
          return isCommand && (!passes || Memory.isReadable(caller, call.address(2), size));
        });
  }

  /** cap_ioctl_check: the list alone; it is empty where CAP_IOCTL is gone. */
  static Rule ioctl(boolean strict) {
    return Rule.aboutLimits(
        "descriptor 0 is not limited to other ioctls than command 1",
        (call, caller, findings) -> {
          if (!mayBeCommand(call.intAt(1), call.address(2), caller)) {
            return false;
          }
          List<Long> allowed = caller.descriptor(call.fd(0)).ioctls();
          long command = Integer.toUnsignedLong(call.intAt(1));
          boolean refused = allowed != null && !allowed.contains(command);
          if (refused && strict && caller.descriptor(call.fd(0)).isOpen()) {
            notCapable(StrictCheck.IOCTL, call, command, findings);
          }
          return !refused;
        });
  }

  /** sys_ioctl: ENOTTY of what is no command, EFAULT of what it passes in. */
  private static boolean mayBeCommand(int command, long data, Caller caller) {
    boolean hasNoData = (command & IOC_VOID) != 0;
    boolean in = (command & IOC_IN) != 0;
    boolean out = (command & IOC_OUT) != 0;
    int size = command >>> IOCPARM_SHIFT & IOCPARM_MASK;
    boolean wellFormed =
        (hasNoData || in || out)
            && (size != 0 || !out)
            && (!hasNoData || size == 0 || size == Integer.BYTES);
    boolean reads = in && !hasNoData && size != 0;
    return wellFormed && (!reads || Memory.isReadable(caller, data, size));
  }

  /** cap_ioctl_limit_check. */
  static Rule ioctlsLimit(Memory memory, boolean strict) {
    return Rule.aboutLimits(
        "descriptor 0 is not limited to other ioctls than those at 1",
        (call, caller, findings) -> {
          Descriptor descriptor = caller.descriptor(call.fd(0));
          if (!strict || !descriptor.isOpen() || descriptor.ioctls() == null) {
            return true;
          }
          if (call.longAt(2) < 0 || call.longAt(2) > MOST_IOCTLS) {
            return false;
          }
          int count = call.intAt(2);
          byte[] list;
          try {
            list = Memory.copyIn(caller, call.address(1), count * memory.pointerSize());
          } catch (Undecided unknown) {
            if (count > descriptor.ioctls().size() && caller.mayBeRefused()) {
              list = Memory.UNKNOWN; // whichever they are
            } else {
              throw unknown;
            }
          }
          if (list == null) {
            return false;
          }
          List<Long> asked = new ArrayList<>();
          for (int at = 0; at < list.length; at += memory.pointerSize()) {
            asked.add(memory.getPointer(list, at));
          }
          if (count > descriptor.ioctls().size() || !descriptor.ioctls().containsAll(asked)) {
            asked.removeAll(descriptor.ioctls());
            notCapable(
                StrictCheck.IOCTLS_LIMIT,
                call,
                asked.isEmpty() ? NO_COMMAND : asked.get(0),
                findings);
            return false;
          }
          return true;
        });
  }

  /** sys_cap_fcntls_limit. */
  static Rule fcntlsLimit(boolean strict) {
    return Rule.aboutLimits(
        "descriptor 0 is not limited to other fcntls than 1",
        (call, caller, findings) -> {
          Descriptor descriptor = caller.descriptor(call.fd(0));
          boolean refused = descriptor.isOpen() && (call.intAt(1) & ~descriptor.fcntls()) != 0;
          if (refused && strict) {
            int more = call.intAt(1) & ~descriptor.fcntls();
            notCapable(StrictCheck.FCNTLS_LIMIT, call, Integer.toUnsignedLong(more), findings);
          }
          return !refused;
        });
  }

  private static void notCapable(
      StrictCheck check, SystemCall call, long command, Findings findings) {
    Subject descriptor = new Subject.OfDescriptor(call.fd(0), command);
    findings.violation(new Violation.Untraced(Violation.ENOTCAPABLE, check, descriptor));
  }
}
