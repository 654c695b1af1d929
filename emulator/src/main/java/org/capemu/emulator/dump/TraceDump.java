package org.capemu.emulator.dump;

import java.io.IOException;
import org.capemu.tracer.ktrace.CapemuNote;
import org.capemu.tracer.ktrace.KtraceReader;
import org.capemu.tracer.ktrace.KtraceRecord;

/** Reads a trace to its end and hands over the records that are asked for. */
final class TraceDump {
  private final KtraceReader reader;
  private final PayloadMemory memory;
  private final DumpOptions options;
  private final RecordSink sink;
  private final ProcessAbis abis = new ProcessAbis();
  private boolean dropLogged;

  TraceDump(KtraceReader reader, PayloadMemory memory, DumpOptions options, RecordSink sink) {
    this.reader = reader;
    this.memory = memory;
    this.options = options;
    this.sink = sink;
  }

  /**
   * Dumps all records up to the end or to where the trace cannot be read; returns how many there
   * are in the trace.
   *
   * @throws org.capemu.tracer.ktrace.KtraceFormatException if the trace is cut or no trace
   */
  long run() throws IOException {
    KtraceRecord record = reader.record();
    long records = 0;
    while (reader.next()) {
      records++;
      memory.load(record);
      // Told once, whatever the process, until the next record that is printed.
      if (record.dropped() && !dropLogged) {
        dropLogged = true;
        sink.dropped(record);
      }
      if (abis.note(record)) {
        if (sink.wantsProcesses()
            && options.points().contains(record.type())
            && isOfProcess(record)) {
          sink.record(record, abis.svFlags(record.pid()));
        }
      } else if (isOfProcess(record)) {
        take(record);
      }
    }
    return records;
  }

  private boolean isOfProcess(KtraceRecord record) {
    int pid = options.pid();
    return pid == 0 || record.pid() == pid || record.tid() == pid;
  }

  private void take(KtraceRecord record) {
    CapemuNote note = options.exact() ? null : CapemuNote.read(record);
    if (options.points().contains(note == null ? record.type() : note.kind().shownAs())) {
      int svFlags = abis.svFlags(record.pid());
      if (note == null) {
        sink.record(record, svFlags);
      } else {
        sink.note(record, note, svFlags);
      }
      dropLogged = false;
    }
  }
}
