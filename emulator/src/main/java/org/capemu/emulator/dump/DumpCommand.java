package org.capemu.emulator.dump;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.Callable;
import org.capemu.emulator.cli.CommandException;
import org.capemu.emulator.cli.EmptyTrace;
import org.capemu.emulator.cli.Errors;
import org.capemu.emulator.cli.KindsOption;
import org.capemu.emulator.cli.Version;
import org.capemu.tracer.host.HostFiles;
import org.capemu.tracer.ktrace.KtraceReader;
import org.capemu.tracer.ktrace.TracePoints;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code capemu dump}: kdump(1) with its flags. A trace that is cut or no trace is a {@link
 * CommandException}, after everything before that place was printed; output that nobody reads any
 * more ends it quietly.
 */
@Command(
    name = "dump",
    versionProvider = Version.class,
    description = "Prints a trace file as kdump(1) does, or as JSON.",
    mixinStandardHelpOptions = true)
public final class DumpCommand implements Callable<Integer> {
  private static final String STANDARD_INPUT = "-";

  @Option(names = "-A", description = "Show each process's ABI.")
  private boolean abi;

  @Option(names = "-c", description = "Show the processor that each record was made on.")
  private boolean cpu;

  @Option(names = "-d", description = "Print numbers in decimal.")
  private boolean decimal;

  @Option(names = "-E", description = "Show the time since the first record.")
  private boolean elapsed;

  @Option(names = "-H", description = "Show thread ids.")
  private boolean threads;

  @Option(names = "-l", description = "Go on reading at the end of the file.")
  private boolean follow;

  @Option(names = "-n", description = "Translate nothing: arguments and results as numbers.")
  private boolean plain;

  @Option(names = "-R", description = "Show the time since the record before.")
  private boolean relative;

  @Option(names = "-r", description = "Name users, groups, modes and dates.")
  private boolean resolve;

  @Option(names = "-S", description = "Show system call numbers.")
  private boolean callNumbers;

  @Option(names = "-s", description = "Leave out I/O data.")
  private boolean withoutData;

  @Option(names = "-T", description = "Show the time of each record.")
  private boolean absolute;

  @Option(
      names = "-f",
      paramLabel = "TRFILE",
      defaultValue = "ktrace.out",
      description = "The trace; - is standard input. Default: ktrace.out.")
  private String file;

  @Option(names = "-m", paramLabel = "MAXDATA", description = "Cut I/O data to so many bytes.")
  private int maxData;

  @Option(names = "-p", paramLabel = "PID", description = "Only this process or thread.")
  private int pid;

  @Mixin private KindsOption kinds;

  @Option(
      names = "--kdump",
      description = "kdump's text to the letter, where dump would know better too.")
  private boolean exact;

  @Option(
      names = "--escape",
      description = "Escape control characters and the like in names, for a terminal.")
  private boolean escape;

  @Option(names = "--json", description = "Print one JSON object for each record.")
  private boolean json;

  private final InputStream in;
  private final OutputStream out;

  public DumpCommand() {
    this(new FileInputStream(FileDescriptor.in), new FileOutputStream(FileDescriptor.out));
  }

  /**
   * @param in what {@code -f -} reads
   * @param out where the text goes, one byte a char
   */
  public DumpCommand(InputStream in, OutputStream out) {
    this.in = in;
    this.out = out;
  }

  @Override
  public Integer call() {
    DumpOptions options = options();
    PayloadMemory memory = new PayloadMemory();
    RecordSink sink =
        json
            ? new JsonSink(memory, out, options)
            : new TextSink(memory, new Text(out, escape), options);
    try (InputStream trace = open();
        KtraceReader reader =
            KtraceReader.open(follow ? new FollowingInputStream(trace, sink::flush) : trace)) {
      if (dump(new TraceDump(reader, memory, options, sink), sink) == 0) {
        EmptyTrace.tell(nameOfFile());
      }
    } catch (IOException e) {
      throw Errors.about(nameOfFile(), e);
    } catch (UncheckedIOException e) {
      if (!Errors.isReaderGone(e.getCause())) {
        throw Errors.about("standard output", e.getCause());
      }
    }
    return 0;
  }

  private static long dump(TraceDump dump, RecordSink sink) throws IOException {
    try {
      return dump.run();
    } finally {
      sink.flush();
    }
  }

  private DumpOptions options() {
    return new DumpOptions(
        abi,
        cpu,
        decimal,
        elapsed,
        threads,
        plain,
        relative,
        resolve ? Users.ofThisMachine() : null,
        callNumbers,
        withoutData,
        absolute,
        maxData,
        pid,
        kinds.points(TracePoints.ALL),
        exact);
  }

  private InputStream open() throws IOException {
    return file.equals(STANDARD_INPUT) ? in : HostFiles.read(file);
  }

  private String nameOfFile() {
    return file.equals(STANDARD_INPUT) ? "standard input" : file;
  }
}
