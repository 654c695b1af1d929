package org.capemu.emulator.dump;

import org.capemu.tracer.ktrace.CapemuNote;
import org.capemu.tracer.ktrace.KtraceRecord;

/** kdump(1)'s text. */
final class TextSink implements RecordSink {
  private final Text text;
  private final HeaderText headers;
  private final BodyText bodies;

  TextSink(PayloadMemory memory, Text text, DumpOptions options) {
    this.text = text;
    headers = new HeaderText(text, options);
    bodies = new BodyText(memory, text, options);
  }

  @Override
  public boolean wantsProcesses() {
    return false;
  }

  @Override
  public void dropped(KtraceRecord record) {
    headers.putDropped(record);
  }

  @Override
  public void record(KtraceRecord record, int svFlags) {
    int type = record.type();
    headers.put(record, type, svFlags);
    bodies.put(type, svFlags);
  }

  @Override
  public void note(KtraceRecord record, CapemuNote note, int svFlags) {
    headers.put(record, note.kind().shownAs(), svFlags);
    bodies.put(note);
  }

  @Override
  public void flush() {
    text.flush();
  }
}
