package org.capemu.emulator.diff;

import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import org.capemu.emulator.cli.CommandException;
import org.capemu.emulator.cli.Errors;
import org.capemu.emulator.cli.KindsOption;
import org.capemu.emulator.cli.ReleaseOption;
import org.capemu.emulator.cli.Streams;
import org.capemu.emulator.cli.Version;
import org.capemu.policy.SyscallTable;
import org.capemu.tracer.host.HostFiles;
import org.capemu.tracer.ktrace.TracePoints;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code capemu diff}: what two traces of the same program have otherwise than each other, process
 * by process; ids, times and the launcher's name aside. Exits with 0 if there is nothing, 1
 * otherwise.
 */
@Command(
    name = "diff",
    versionProvider = Version.class,
    description = "Compares two traces of the same program.",
    mixinStandardHelpOptions = true)
public final class DiffCommand implements Callable<Integer> {
  /** What ktrace(1) records of its own accord, and violations: all but w and f. */
  private static final TracePoints USUAL = TracePoints.parse("+p");

  @Mixin private KindsOption kinds;

  @Option(
      names = "--no-addresses",
      description =
          "Compare two runs: leave addresses aside, which are arguments, results and signal"
              + " handlers from 2^32 to 2^47.")
  private boolean withoutAddresses;

  @Option(names = "--json", description = "Print one JSON object for each difference.")
  private boolean json;

  @Mixin private ReleaseOption release;

  @Parameters(index = "0", paramLabel = "KERNEL", description = "The trace to compare with.")
  private String kernel;

  @Parameters(index = "1", paramLabel = "EMULATED", description = "The trace to compare.")
  private String emulated;

  private final PrintStream out;

  public DiffCommand() {
    this(Streams.standardOutput());
  }

  /**
   * @param out takes what the command prints
   */
  public DiffCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public Integer call() {
    TracePoints points = kinds.points(USUAL);
    Comparison comparison =
        new Comparison(points, SyscallTable.of(release.release()), !withoutAddresses);
    try (Side left = open(kernel, comparison, null);
        Side right = open(emulated, comparison, rightRoots(comparison));
        DifferenceSink sink = json ? new JsonDifferences(out) : new TextDifferences(out)) {
      Alignment alignment = new Alignment(sink);
      boolean more = true;
      while (more) {
        more = take(left, alignment::left) | take(right, alignment::right);
      }
      alignment.end();
      left.tellIfEmpty();
      right.tellIfEmpty();
      long differences = sink.end(kernel, emulated);
      String broken = left.problem() == null ? right.problem() : left.problem();
      if (broken != null) {
        throw new CommandException(broken);
      }
      Streams.finish(out);
      return differences == 0 ? 0 : 1;
    } catch (IOException e) {
      throw Errors.about("standard output", e);
    }
  }

  /** Takes one record of a side. */
  @FunctionalInterface
  private interface Taker {
    void take(Entry entry) throws IOException;
  }

  private static boolean take(Side side, Taker taker) throws IOException {
    Entry entry = side.next();
    if (entry == null) {
      return false;
    }
    taker.take(entry);
    return true;
  }

  /** Which processes of the left trace those of the right one are, where no fork(2) tells. */
  private int[] rightRoots(Comparison comparison) throws IOException {
    return isReadTwice(kernel) && isReadTwice(emulated)
        ? RootPairs.rightToLeft(roots(kernel, comparison), roots(emulated, comparison))
        : null;
  }

  /** Not so a pipe. */
  private static boolean isReadTwice(String trace) {
    try {
      return HostFiles.isRegularFile(trace);
    } catch (IOException e) {
      return false; // what opens it will say so
    }
  }

  private static RootTraces roots(String trace, Comparison comparison) throws IOException {
    try (Side side = open(trace, comparison, null)) {
      return RootTraces.of(side);
    }
  }

  private static Side open(String trace, Comparison comparison, int[] roots) {
    try {
      return Side.open(trace, comparison, roots);
    } catch (IOException e) {
      throw Errors.about(trace, e);
    }
  }
}
