package org.capemu.emulator.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * The standard streams. Paths and arguments hold one char a byte: they come out as they came in.
 */
public final class Streams {
  private Streams() {}

  /** Standard error, for errors and the summary of a run. */
  public static PrintStream standardError() {
    return new PrintStream(
        new FileOutputStream(FileDescriptor.err), true, StandardCharsets.ISO_8859_1);
  }

  /** Standard output, buffered: whoever opens it flushes or closes it. */
  public static PrintStream standardOutput() {
    return new PrintStream(
        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
        false,
        StandardCharsets.ISO_8859_1);
  }
}
