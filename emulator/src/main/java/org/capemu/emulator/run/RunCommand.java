package org.capemu.emulator.run;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.capemu.emulator.cli.CommandException;
import org.capemu.emulator.cli.Errors;
import org.capemu.emulator.cli.Escape;
import org.capemu.emulator.cli.ReleaseOption;
import org.capemu.emulator.cli.Streams;
import org.capemu.emulator.cli.StrictOption;
import org.capemu.emulator.cli.Version;
import org.capemu.tracer.TraceEvent;
import org.capemu.tracer.Tracer;
import org.capemu.tracer.ktrace.KtraceWriter;
import org.capemu.tracer.ktrace.TraceFile;
import org.capemu.tracer.ktrace.TracePoints;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code capemu run}: ktrace(1) for what capability mode would refuse. */
@Command(
    name = "run",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    description =
        "Runs a program, or attaches to one, and records what capability mode would refuse.")
public final class RunCommand implements Callable<Integer> {
  private static final int EXIT_VIOLATIONS = 3;

  /** What there are events for; ktrace(1) knows more letters. */
  private static final TracePoints RECORDED = TracePoints.parse("cnpstu");

  @Option(names = "-a", description = "Append to the trace file.")
  private boolean append;

  @Option(names = "-d", description = "With -p: trace the process's present descendants too.")
  private boolean descendants;

  @Option(names = "-i", description = "Trace the processes that the program makes.")
  private boolean inherit;

  @Option(
      names = "-f",
      paramLabel = "trfile",
      defaultValue = "ktrace.out",
      description = "Record into this file (default: ${DEFAULT-VALUE}).")
  private String file;

  @Option(
      names = "-t",
      paramLabel = "trstr",
      defaultValue = "cnpstu",
      description =
          "What to record: c calls, n names looked up, p violations, s signals, t structures,"
              + " u utrace(2) (default: ${DEFAULT-VALUE}). + is all of them but p. ktrace(1)'s a,"
              + " e, f, i, w and y are accepted beside these; capemu has nothing to record for"
              + " them.")
  private String letters;

  @Option(names = "-p", paramLabel = "pid", description = "Trace a running process.")
  private Integer pid;

  @Option(
      names = "--remote",
      paramLabel = "where",
      description =
          "Run it where a capemu-stub is: a command such as 'ssh host capemu-stub', unix:PATH or"
              + " tcp:HOST:PORT.")
  private String remote;

  @Option(
      names = "--remote-any-host",
      description = "Let tcp: leave this host, over a network that you trust.")
  private boolean remoteAnyHost;

  @Mixin private StrictOption strict;

  @Mixin private ReleaseOption release;

  @Option(
      names = "--from",
      paramLabel = "WHERE",
      defaultValue = "main",
      converter = FromName.class,
      description =
          "Count violations from there on; those before are start-up: "
              + From.FORMS
              + " (default: ${DEFAULT-VALUE}). NAME's Nth call, the call that looks up a path, the"
              + " text, the signal and cap_enter are the last of start-up; the first call that is"
              + " made inside of sym:FUNCTION is the program's own.")
  private From from;

  @Option(
      names = "--fail-on-violation",
      description =
          "Exit 3 if the summary counts a violation: of the program, and with -i of its children."
              + " Start-up is not counted. A program that was killed by a signal has its own status"
              + " (128 + signal) all the same.")
  private boolean failOnViolation;

  @Mixin private SummaryOptions summaryOptions;

  @Parameters(paramLabel = "command", description = "The program and its arguments.")
  private List<String> command = List.of();

  private boolean failureTold;
  private boolean summaryFailed;

  @Override
  public Integer call() throws IOException {
    TracePoints points = points();
    if (pid == null && command.isEmpty()) {
      throw new CommandException("no program given");
    }
    if (pid != null && !command.isEmpty()) {
      throw new CommandException("-p " + pid + ": a program is given too");
    }
    TraceFile trace = TraceFile.named(file, append);
    try {
      trace.check();
    } catch (IOException e) {
      throw Errors.about(file, e);
    }
    summaryOptions.check(trace, file);
    Tracers tracers = Tracers.at(remote, remoteAnyHost);
    Tracer tracer =
        pid == null ? tracers.launch(command, inherit) : tracers.attach(pid, inherit, descendants);
    try (Ending ending = new Ending(tracer)) {
      return trace(tracer, points, trace, ending);
    }
  }

  private int trace(Tracer tracer, TracePoints points, TraceFile trace, Ending ending)
      throws IOException {
    try (KtraceWriter writer = KtraceWriter.deferred()) {
      Recorder recorder;
      TraceEvent.Exited exited;
      try (tracer) { // whatever happens, every tracee goes on
        recorder = new Recorder(release.release(), strict.mode(), points, from, writer, tracer);
        tracer.notFollowed().forEach(RunCommand::tell);
        if (pid != null) {
          recorder.attachedTo(pid);
          open(writer, trace);
        }
        try (ScheduledFlush flush = new ScheduledFlush(writer)) {
          exited = follow(tracer, recorder, writer, trace);
        }
      }
      end(tracer, recorder, writer, ending.wasAskedFor());
      return failureTold || summaryFailed
          ? CommandException.EXIT_STATUS
          : exitStatus(recorder, exited);
    }
  }

  private TracePoints points() {
    try {
      TracePoints points = TracePoints.parse(letters);
      if ((points.mask() & RECORDED.mask()) == 0) {
        throw new CommandException("-t " + letters + ": nothing that capemu records (c n p s t u)");
      }
      return points;
    } catch (IllegalArgumentException e) {
      throw new CommandException("-t: " + e.getMessage());
    }
  }

  /**
   * Records until nothing is left to follow; returns the end of the program itself, null if it was
   * attached to or goes on.
   */
  private TraceEvent.Exited follow(
      Tracer tracer, Recorder recorder, KtraceWriter writer, TraceFile trace) throws IOException {
    boolean created = pid != null;
    int root = pid == null ? 0 : pid;
    TraceEvent.Exited end = null;
    TraceEvent event;
    while ((event = tracer.next()) != null) {
      if (root == 0) {
        root = event.pid();
      }
      if (!created && event instanceof TraceEvent.Executed executed) {
        // The last moment at which the program has done nothing yet.
        try {
          open(writer, trace);
        } catch (CommandException e) {
          executed.thread().kill();
          throw e;
        }
        created = true;
      }
      recorder.handle(event);
      if (recorder.failure() != null) {
        report(recorder.failure());
      }
      if (event instanceof TraceEvent.Exited exited
          && exited.lastOfProcess()
          && exited.pid() == root) {
        end = exited;
      }
    }
    return pid == null ? end : null;
  }

  /**
   * Completes the trace and says what was found.
   *
   * @param early capemu was told to end before the program
   */
  private void end(Tracer tracer, Recorder recorder, KtraceWriter writer, boolean early) {
    try {
      writer.close();
    } catch (IOException e) {
      report(e);
    }
    if (writer.failure() != null) {
      report(writer.failure());
    }
    RunEnd end =
        new RunEnd(
            file,
            early,
            append,
            from.toString(),
            recorder.wasReached() || from.isOfEveryProgram(),
            tracer.untraced(),
            tracer.unseen());
    Summary summary = recorder.summary();
    if (failureTold) {
      summary.incomplete();
    }
    try {
      summaryOptions.put(summary, end);
    } catch (IOException e) {
      summaryFailed = true;
      tell(summaryOptions.lineAbout(e));
    }
  }

  /** What killed the program is worth more than what it violated. */
  private int exitStatus(Recorder recorder, TraceEvent.Exited exited) {
    if (failOnViolation
        && recorder.summary().ofProgram() > 0
        && (exited == null || !exited.wasKilled())) {
      return EXIT_VIOLATIONS;
    }
    return exited == null ? 0 : exited.status();
  }

  private void open(KtraceWriter writer, TraceFile trace) {
    try {
      writer.openAt(trace);
    } catch (IOException e) {
      throw Errors.about(file, e);
    }
  }

  /** Says once why the trace is not complete. */
  private void report(IOException e) {
    if (!failureTold) {
      failureTold = true;
      tell(Errors.line(file, e));
    }
  }

  private static void tell(String line) {
    Streams.standardError().println("capemu: " + Escape.of(line));
  }
}
