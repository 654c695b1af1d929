package org.capemu.emulator.cli;

import org.capemu.tracer.ktrace.TracePoints;
import picocli.CommandLine.Option;

/** {@code -t}, for a picocli mixin: which kinds of a trace's records a command looks at. */
public final class KindsOption {
  @Option(
      names = "-t",
      paramLabel = "TRSTR",
      description =
          "Only these kinds of records: letters of ktrace(1). Default: all; of diff all but w and f.")
  private String letters;

  /**
   * The kinds that were named.
   *
   * @param usual those where none were
   * @throws CommandException if a letter is not known
   */
  public TracePoints points(TracePoints usual) {
    try {
      return letters == null ? usual : TracePoints.parse(letters);
    } catch (IllegalArgumentException e) {
      throw new CommandException(e.getMessage());
    }
  }
}
