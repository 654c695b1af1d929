package org.capemu.emulator.diff;

import org.capemu.emulator.dump.ProcessAbis;
import org.capemu.emulator.dump.SyscallAbi;
import org.capemu.policy.SyscallTable;
import org.capemu.tracer.ktrace.KtraceRecord;

/** The calls of a trace by name, each from the table of its process: FreeBSD's or Linux's. */
final class CallNames {
  private final SyscallTable freeBsd;
  private final ProcessAbis abis = new ProcessAbis();

  /**
   * @param freeBsd of the release that the trace is of
   */
  CallNames(SyscallTable freeBsd) {
    this.freeBsd = freeBsd;
  }

  /** Takes what a record tells of its process: every record, before its call is named. */
  void note(KtraceRecord record) {
    abis.note(record);
  }

  /** {@code sv_flags} of a record's process; 0 if the trace does not tell. */
  int svFlags(KtraceRecord record) {
    return abis.svFlags(record.pid());
  }

  /** Whose call a KTR_SYSCALL or KTR_SYSRET record is: {@code fork}; "" for none of the table. */
  String of(KtraceRecord record) {
    int code = record.getShort(0);
    SyscallAbi abi = SyscallAbi.of(svFlags(record));
    if (abi == SyscallAbi.FREEBSD) {
      SyscallTable.Syscall call = freeBsd.info(code);
      return call == null ? "" : call.name();
    }
    String name = abi.plainNameOf(code);
    return name == null ? "" : name;
  }
}
