package org.capemu.emulator.derive;

import java.util.StringJoiner;
import org.capemu.policy.SyscallTable;
import org.capemu.tracer.ktrace.CapFail;

/** Violations and calls in words, for differences. */
public final class ViolationText {
  private ViolationText() {}

  /** What a record of the kernel says. */
  public static String of(CapFail capFail) {
    return capFail.violation() == null
        ? "a violation of unknown kind " + capFail.kind()
        : capFail.violation().describe();
  }

  /** {@code openat(0x3,0x7fff,0)}: as kdump(1) prints a call with {@code -n}. */
  public static String call(RecordedCall call, SyscallTable calls) {
    String name = call.abi().isLinux() ? "linux[" + call.number() + "]" : calls.name(call.number());
    StringJoiner args = new StringJoiner(",", name + "(", ")");
    for (int i = 0; i < call.argCount; i++) {
      args.add(call.args()[i] == 0 ? "0" : "0x" + Long.toHexString(call.args()[i]));
    }
    return args.toString();
  }
}
