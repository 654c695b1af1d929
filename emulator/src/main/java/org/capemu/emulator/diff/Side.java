package org.capemu.emulator.diff;

import java.io.Closeable;
import java.io.IOException;
import org.capemu.emulator.cli.EmptyTrace;
import org.capemu.emulator.cli.Errors;
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

  private Side(String name, KtraceReader reader, Comparison comparison, int[] roots) {
    this.name = name;
    this.reader = reader;
    this.points = comparison.points();
    this.names = new CallNames(comparison.calls());
    this.keys = new ProcessKeys(names, roots);
    this.essence = new Essence(names, keys, comparison.withAddresses());
  }

  /**
   * @param roots the numbers of the processes that no known one made; null for their own order
   */
  static Side open(String name, Comparison comparison, int[] roots) throws IOException {
    return new Side(name, KtraceReader.open(name), comparison, roots);
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
        if (note != null && note.kind() != CapemuNote.Kind.STRICT) {
          continue; // no kernel says it
        }
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

  /** Says so if the trace has no record at all; at its end. */
  void tellIfEmpty() {
    if (number == 0 && problem == null) {
      EmptyTrace.tell(name);
    }
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
