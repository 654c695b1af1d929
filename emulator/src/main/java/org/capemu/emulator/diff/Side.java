package org.capemu.emulator.diff;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.capemu.emulator.cli.Errors;
import org.capemu.tracer.ktrace.KtraceReader;
import org.capemu.tracer.ktrace.KtraceRecord;
import org.capemu.tracer.ktrace.RecordType;
import org.capemu.tracer.ktrace.StrictNote;
import org.capemu.tracer.ktrace.TracePoints;

/** One of the two traces: the records of the kinds that are asked for. */
final class Side implements Closeable {
  private final String name;
  private final KtraceReader reader;
  private final TracePoints points;
  private final ProcessKeys keys;
  private final Essence essence;
  private long number;
  private String problem;

  private Side(String name, KtraceReader reader, Comparison comparison, int[] roots) {
    this.name = name;
    this.reader = reader;
    this.points = comparison.points();
    this.keys = new ProcessKeys(roots);
    this.essence = new Essence(comparison.calls(), keys, comparison.withAddresses());
  }

  /**
   * @param roots the numbers of the processes that no known one made; null for their own order
   */
  static Side open(String name, Path path, Comparison comparison, int[] roots) throws IOException {
    return new Side(name, KtraceReader.open(path), comparison, roots);
  }

  /** The next record to be compared; null at the end, and where the trace cannot be read. */
  Entry next() {
    try {
      while (problem == null && reader.next()) {
        number++;
        KtraceRecord record = reader.record();
        keys.note(record);
        boolean strictNote = StrictNote.decode(record) != null;
        if (points.contains(strictNote ? RecordType.CAPFAIL : record.type())) {
          String thread = keys.of(record);
          String compared = essence.of(record);
          if (compared != null) {
            return new Entry(thread, compared, record.copy(), number, reader.offset());
          }
        }
      }
    } catch (IOException e) {
      problem = name + ": " + Errors.reason(e);
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
