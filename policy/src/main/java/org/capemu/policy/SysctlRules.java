package org.capemu.policy;

import static org.capemu.policy.abi.Errno.EPERM;

import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;
import org.capemu.policy.abi.LittleEndian;
import org.jspecify.annotations.Nullable;

/** sysctl_root: in capability mode only nodes with CTLFLAG_CAPRD and CTLFLAG_CAPWR. */
final class SysctlRules {
  private static final int CTL_MAXNAME = 24;
  private static final int MAXPATHLEN = 1024;

  private SysctlRules() {}

  /** Where a call has its node: a name, or numbers separated by dots; null for a bad pointer. */
  private interface Node {
    @Nullable String of(SystemCall call, Caller caller);
  }

  /** __sysctl. */
  static Rule byNumbers(Memory memory, SysctlNodes nodes, boolean strict) {
    return rule(memory, nodes, strict, (call, caller) -> numbers(nodes, call, caller));
  }

  /** __sysctlbyname. */
  static Rule byName(Memory memory, SysctlNodes nodes, boolean strict) {
    return rule(
        memory,
        nodes,
        strict,
        (call, caller) -> {
          if (call.longAt(1) <= 0 || call.longAt(1) > MAXPATHLEN) {
            return null; // EINVAL
          }
          byte[] name = Memory.copyIn(caller, call.address(0), call.intAt(1));
          return name == null ? null : new String(name, StandardCharsets.ISO_8859_1);
        });
  }

  private static Rule rule(Memory memory, SysctlNodes nodes, boolean strict, Node node) {
    return Rule.of(
        "sysctl node 0 can be read or written in capability mode",
        (call, caller, findings) -> {
          boolean reads = !call.isNull(2);
          boolean writes = !call.isNull(4);
          if (!strict || (!reads && !writes)) {
            return true;
          }
          String name = node.of(call, caller);
          if (name == null || nodes.allows(name, reads, writes)) {
            return name != null;
          }
          if (!call.isNull(3)
              && !Memory.isReadable(caller, call.address(3), memory.pointerSize())) {
            return false; // userland_sysctl
          }
          findings.violation(
              new Violation.Untraced(EPERM, StrictCheck.SYSCTL, new Violation.Subject.Node(name)));
          return false;
        });
  }

  private static @Nullable String numbers(SysctlNodes nodes, SystemCall call, Caller caller) {
    int count = call.intAt(1);
    if (count < 2 || count > CTL_MAXNAME) {
      return null;
    }
    byte[] mib;
    try {
      mib = Memory.copyIn(caller, call.address(0), count * Integer.BYTES);
    } catch (Undecided e) {
      return caller.sysctlName(call.address(0), count); // a record may have the name alone
    }
    if (mib == null) {
      return null;
    }
    StringJoiner node = new StringJoiner(".");
    boolean dynamic = false;
    for (int i = 0; i < count; i++) {
      int number = LittleEndian.getInt(mib, i * Integer.BYTES);
      dynamic |= number >= SysctlNodes.FIRST_DYNAMIC_NUMBER;
      node.add(Integer.toUnsignedString(number));
    }
    // after a known node numbers are parameters, and may be any
    boolean known = !dynamic || nodes.allows(node.toString(), true, false);
    return known ? node.toString() : caller.sysctlName(call.address(0), count);
  }
}
