package org.capemu.emulator.replay;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.capemu.emulator.cli.CommandException;
import org.capemu.emulator.cli.Errors;
import org.capemu.emulator.cli.ReleaseName;
import org.capemu.emulator.cli.Streams;
import org.capemu.policy.Release;
import org.capemu.tracer.ktrace.KtraceFormatException;
import org.capemu.tracer.ktrace.KtraceReader;
import org.capemu.tracer.ktrace.KtraceWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code capemu replay}: writes a trace anew with the KTR_CAPFAIL records that it should have had.
 * Those that it has are replaced.
 */
@Command(
    name = "replay",
    description = "Adds what capability mode would refuse to a trace that was recorded without.",
    mixinStandardHelpOptions = true)
public final class ReplayCommand implements Callable<Integer> {
  @Option(
      names = "-o",
      paramLabel = "OUT",
      required = true,
      description = "The trace file to write.")
  private String output;

  @Option(names = "--strict", description = "Record what capability mode really refuses.")
  private boolean strict;

  @Option(
      names = "--release",
      paramLabel = "RELEASE",
      defaultValue = ReleaseName.DEFAULT,
      converter = ReleaseName.class,
      description = "The kernel to stand for: 15.0 (default), 14.x, 13.x.")
  private Release release;

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
    Path source = path(trace);
    Path target = path(output);
    String problem = null;
    try (KtraceReader reader = open(source)) {
      if (!reads(reader)) {
        throw new CommandException(trace + ": empty: there is nothing to replay");
      }
      refuseSameFile(source, target);
      try (KtraceWriter writer = create(target)) {
        Replay replay = new Replay(release, strict, writer);
        try {
          do {
            replay.accept(reader.record(), reader.offset());
          } while (reader.next());
        } catch (KtraceFormatException e) {
          problem = trace + ": " + e.getMessage(); // what came before is replayed all the same
        }
        replay.end();
        tell(replay);
        if (problem == null && !replay.hasCalls()) {
          problem = trace + ": recorded without -t c: it has no system calls to replay";
        }
      } catch (IOException e) {
        throw new CommandException(output + ": " + Errors.reason(e));
      }
    } catch (IOException e) {
      throw new CommandException(trace + ": " + Errors.reason(e));
    }
    if (problem != null) {
      throw new CommandException(problem);
    }
    return 0;
  }

  private void tell(Replay replay) {
    out.println(output + ": " + replay.summary());
    out.flush();
  }

  private boolean reads(KtraceReader reader) {
    try {
      return reader.next();
    } catch (IOException e) {
      throw new CommandException(trace + ": " + Errors.reason(e));
    }
  }

  private static Path path(String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new CommandException(name + ": " + e.getReason());
    }
  }

  private KtraceReader open(Path source) {
    try {
      return KtraceReader.open(source);
    } catch (IOException e) {
      throw new CommandException(trace + ": " + Errors.reason(e));
    }
  }

  private KtraceWriter create(Path target) {
    try {
      return KtraceWriter.create(target);
    } catch (IOException e) {
      throw new CommandException(output + ": " + Errors.reason(e));
    }
  }

  private void refuseSameFile(Path source, Path target) throws IOException {
    if (Files.exists(target) && Files.isSameFile(source, target)) {
      throw new CommandException(output + ": is the trace that is read");
    }
  }
}
