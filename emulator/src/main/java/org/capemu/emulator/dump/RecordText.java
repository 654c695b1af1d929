package org.capemu.emulator.dump;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.capemu.tracer.ktrace.CapemuNote;
import org.capemu.tracer.ktrace.KtraceRecord;
import org.capemu.tracer.ktrace.TracePoints;

/** Single records as {@code capemu dump} prints them without flags. */
public final class RecordText {
  private static final DumpOptions PLAIN =
      new DumpOptions(
          false,
          false,
          false,
          false,
          false,
          false,
          false,
          null,
          false,
          false,
          false,
          0,
          0,
          TracePoints.ALL,
          false);

  private final PayloadMemory memory = new PayloadMemory();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final TextSink sink;

  /**
   * @param escapes as {@code --escape} of {@code capemu dump}
   */
  public RecordText(boolean escapes) {
    sink = new TextSink(memory, new Text(bytes, escapes), PLAIN);
  }

  /**
   * The record's lines, one char a byte (ISO-8859-1), without the last line's end.
   *
   * @param svFlags its process's ABI; 0 if that is not known
   */
  public String of(KtraceRecord record, int svFlags) {
    bytes.reset();
    memory.load(record);
    CapemuNote note = CapemuNote.read(record);
    if (note == null) {
      sink.record(record, svFlags);
    } else {
      sink.note(record, note, svFlags);
    }
    sink.flush();
    return bytes.toString(StandardCharsets.ISO_8859_1).stripTrailing();
  }
}
