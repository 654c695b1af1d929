package org.capemu.tracer.ktrace;

import org.capemu.policy.Violation;

/**
 * A record that tells of a violation, whoever wrote it: a kernel's KTR_CAPFAIL, or the note of what
 * no kernel records. All that read violations from a trace read them here.
 */
public sealed interface ViolationRecord permits CapFail, StrictNote {
  /** What would be refused; null for a kind that is not known. */
  Violation violation();

  /** The system call's number; {@link CapFail#UNKNOWN_CODE} if the record does not say. */
  int code();

  /** The caller's ABI, {@code sv_flags}; 0 if the record does not say. */
  int svFlags();

  /** Reads a record; null if it tells of no violation. */
  static ViolationRecord read(KtraceRecord record) {
    return switch (record.type()) {
      case RecordType.CAPFAIL -> CapFail.decode(record);
      case RecordType.USER -> CapemuNote.read(record) instanceof StrictNote note ? note : null;
      default -> null;
    };
  }
}
