package org.capemu.emulator.cli;

/**
 * A trace without a record: no error, as of a program that did nothing recorded, but worth a line.
 */
public final class EmptyTrace {
  private EmptyTrace() {}

  /**
   * Says it on standard error.
   *
   * @param trace its name
   */
  public static void tell(String trace) {
    Streams.standardError().println("capemu: " + Escape.of(trace) + ": the trace is empty");
  }
}
