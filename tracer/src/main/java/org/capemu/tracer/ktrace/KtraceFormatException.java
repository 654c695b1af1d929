package org.capemu.tracer.ktrace;

import java.io.IOException;

/** A file is not, or not any more, a run of ktrace records. Its message is one line for a user. */
public final class KtraceFormatException extends IOException {
  private final long offset;

  KtraceFormatException(long offset, String message) {
    super(message + " at offset " + offset);
    this.offset = offset;
  }

  /** Where in the file the record begins that cannot be read: bytes from its start. */
  public long offset() {
    return offset;
  }
}
