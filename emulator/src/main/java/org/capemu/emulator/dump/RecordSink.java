package org.capemu.emulator.dump;

import org.capemu.tracer.ktrace.CapemuNote;
import org.capemu.tracer.ktrace.KtraceRecord;

/**
 * Where the chosen records go: kdump's text or JSON. Failures are {@link
 * java.io.UncheckedIOException}.
 */
interface RecordSink {
  /** Whether KTR_PROCCTOR and KTR_PROCDTOR are wanted too. */
  boolean wantsProcesses();

  /** Records before this one are missing. */
  void dropped(KtraceRecord record);

  /** A record, whose payload lies in the {@link PayloadMemory}. */
  void record(KtraceRecord record, int svFlags);

  /** A KTR_USER record that is capemu's own, whose payload lies there likewise. */
  void note(KtraceRecord record, CapemuNote note, int svFlags);

  void flush();
}
