package org.capemu.emulator.diff;

import java.io.Closeable;
import java.io.IOException;
import org.capemu.emulator.cli.Errors;
import org.capemu.policy.SyscallTable;
import org.capemu.tracer.ktrace.CapemuNote;
import org.capemu.tracer.ktrace.KtraceReader;
import org.capemu.tracer.ktrace.KtraceRecord;
import org.capemu.tracer.ktrace.TracePoints;

/** One of the two traces: the records of the kinds that are asked for. */
final class Side implements Closeable {
  private final String name;
  private final KtraceReader reader;
  private final TracePoints points;
  private final CallNames names;
  private final ProcessKeys keys;
  private final Essence essence;
  private long number;
  private String problem;

  private Side(String name, KtraceReader reader, TracePoints points, SyscallTable calls) {
    this.name = name;
    this.reader = reader;
    this.points = points;
    this.names = new CallNames(calls);
    this.keys = new ProcessKeys(names);
    this.essence = new Essence(names, keys);
  }

  static Side open(String name, TracePoints points, SyscallTable calls) throws IOException {
    return new Side(name, KtraceReader.open(name), points, calls);
  }

  /** The next record to be compared; null at the end, and where the trace cannot be read. */
  Entry next() {
    try {
      while (problem == null && reader.next()) {
        number++;
        KtraceRecord record = reader.record();
        names.note(record);
        keys.note(record);
        CapemuNote note = CapemuNote.read(record);
        if (points.contains(note == null ? record.type() : note.kind().shownAs())) {
          String thread = keys.of(record);
          String compared = essence.of(record);
          if (compared != null) {
            return new Entry(
                thread, compared, record.copy(), names.svFlags(record), number, reader.offset());
          }
        }
      }
    } catch (IOException e) {
      problem = Errors.line(name, e);
    }
    return null;
  }

  /** Why the trace could not be read to its end; null if it could. */
  String problem() {
    return problem;
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
