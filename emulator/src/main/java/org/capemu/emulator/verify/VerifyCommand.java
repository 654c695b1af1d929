package org.capemu.emulator.verify;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import org.capemu.emulator.cli.CommandException;
import org.capemu.emulator.cli.Errors;
import org.capemu.emulator.cli.Escape;
import org.capemu.emulator.cli.ReleaseOption;
import org.capemu.emulator.cli.Streams;
import org.capemu.emulator.cli.StrictOption;
import org.capemu.emulator.cli.Version;
import org.capemu.tracer.ktrace.KtraceReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code capemu verify}: takes the KTR_CAPFAIL records of a trace away, derives them anew from its
 * other records, and prints what differs. Exits with 0 if nothing does, 1 otherwise.
 */
@Command(
    name = "verify",
    versionProvider = Version.class,
    description = "Compares the violations that a kernel recorded with those that the model finds.",
    mixinStandardHelpOptions = true)
public final class VerifyCommand implements Callable<Integer> {
  @Mixin private ReleaseOption release;

  @Mixin private StrictOption strict;

  @Option(names = "-u", description = "Print the calls that are undecided as well.")
  private boolean showUndecided;

  @Parameters(paramLabel = "TRACE", arity = "1..*", description = "Trace files.")
  private List<String> traces;

  private final PrintStream out;

  public VerifyCommand() {
    this(Streams.standardOutput());
  }

  /**
   * @param out takes what the command prints
   */
  public VerifyCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() {
    boolean differs = false;
    String problem = null;
    for (String trace : traces) {
      String brokenOff = null;
      try (KtraceReader reader = KtraceReader.open(trace)) {
        Verification verification =
            new Verification(trace, release.release(), strict.mode(), showUndecided, out);
        brokenOff = verify(trace, reader, verification);
        differs |= verification.differs();
      } catch (IOException e) {
        brokenOff = Errors.line(trace, e);
      }
      problem = problem == null ? brokenOff : problem;
    }
    Streams.finish(out);
    if (problem != null) {
      throw new CommandException(problem);
    }
    return differs ? 1 : 0;
  }

  /** Prints what differs and the counts; returns what broke the trace off, or null. */
  private String verify(String trace, KtraceReader reader, Verification verification)
      throws IOException {
    String brokenOff = null;
    long records = 0;
    try {
      while (reader.next()) {
        verification.accept(reader.record(), reader.offset());
        records++;
      }
    } catch (IOException e) {
      brokenOff = Errors.line(trace, e);
    }
    verification.end();
    if (brokenOff == null && records == 0) {
      return trace + ": the trace is empty: there is nothing to verify";
    } else if (brokenOff == null && !verification.hasCalls()) {
      return trace + ": recorded without -t c: it has no system calls, and cannot be verified";
    }
    if (brokenOff == null || records > 0) {
      out.println(Escape.of(verification.summary()));
    }
    return brokenOff;
  }
}
