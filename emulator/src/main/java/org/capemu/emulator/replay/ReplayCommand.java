package org.capemu.emulator.replay;

import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import org.capemu.emulator.cli.CommandException;
import org.capemu.emulator.cli.Errors;
import org.capemu.emulator.cli.Escape;
import org.capemu.emulator.cli.ReleaseOption;
import org.capemu.emulator.cli.Streams;
import org.capemu.emulator.cli.StrictOption;
import org.capemu.emulator.cli.Version;
import org.capemu.tracer.ktrace.KtraceFormatException;
import org.capemu.tracer.ktrace.KtraceReader;
import org.capemu.tracer.ktrace.KtraceWriter;
import org.capemu.tracer.ktrace.TraceFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code capemu replay}: writes a trace anew with the KTR_CAPFAIL records that it should have had.
 * Those that it has are replaced.
 */
@Command(
    name = "replay",
    versionProvider = Version.class,
    description = "Adds what capability mode would refuse to a trace that was recorded without.",
    mixinStandardHelpOptions = true)
public final class ReplayCommand implements Callable<Integer> {
  @Option(
      names = "-o",
      paramLabel = "OUT",
      required = true,
      description = "The trace file to write.")
  private String output;

  @Mixin private StrictOption strict;

  @Mixin private ReleaseOption release;

  @Parameters(paramLabel = "TRACE", description = "The trace file to read.")
  private String trace;

  private final PrintStream out;

  public ReplayCommand() {
    this(Streams.standardOutput());
  }

  /**
   * @param out takes what the command prints
   */
  public ReplayCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() {
    TraceFile target = TraceFile.named(output, false);
    String problem = null;
    try (KtraceReader reader = KtraceReader.open(trace)) {
      if (!reader.next()) {
        throw new CommandException(trace + ": the trace is empty: there is nothing to replay");
      }
      try (KtraceWriter writer = create(target)) {
        Replay replay = new Replay(release.release(), strict.mode(), writer);
        try {
          do {
            replay.accept(reader.record(), reader.offset());
          } while (reader.next());
        } catch (KtraceFormatException e) {
          problem = trace + ": " + e.getMessage(); // what came before is replayed all the same
        }
        replay.end();
        out.println(Escape.of(output + ": " + replay.summary()));
        if (problem == null && !replay.hasCalls()) {
          problem = trace + ": recorded without -t c: it has no system calls to replay";
        }
      } catch (IOException e) {
        throw Errors.about(output, e);
      }
    } catch (IOException e) {
      throw Errors.about(trace, e);
    }
    Streams.finish(out);
    if (problem != null) {
      throw new CommandException(problem);
    }
    return 0;
  }

  private KtraceWriter create(TraceFile target) throws IOException {
    target.check();
    if (target.isSameAs(trace)) {
      throw new CommandException(output + ": is the trace that is read");
    }
    return KtraceWriter.create(target);
  }
}
