package org.capemu.emulator;

import java.io.PrintStream;
import org.capemu.emulator.cli.CommandException;
import org.capemu.emulator.cli.Failure;
import org.capemu.emulator.cli.Streams;
import org.capemu.emulator.cli.Version;
import org.capemu.emulator.diff.DiffCommand;
import org.capemu.emulator.dump.DumpCommand;
import org.capemu.emulator.replay.ReplayCommand;
import org.capemu.emulator.run.RunCommand;
import org.capemu.emulator.verify.VerifyCommand;
import org.capemu.tracer.host.HostArguments;
import org.capemu.tracer.linux.StartedWith;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line: {@code capemu run}, {@code dump}, ... Errors are one line, exit status 2. */
@Command(
    name = "capemu",
    description = "Says what Capsicum's capability mode would refuse a program.",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      RunCommand.class,
      DumpCommand.class,
      ReplayCommand.class,
      VerifyCommand.class,
      DiffCommand.class,
      CommandLine.HelpCommand.class
    })
public final class Capemu {
  private Capemu() {}

  public static void main(String[] args) {
    StartedWith.enterDirectory();
    Failure.prepare();
    System.exit(execute(args));
  }

  /** Runs one command line and returns its exit status. */
  static int execute(String... args) {
    try {
      if (args.length == 0) {
        throw new CommandException("no command given; try 'capemu --help'");
      }
      PrintStream stdout = Streams.standardOutput();
      int status = commandLine(stdout).execute(HostArguments.asGiven(args));
      Streams.finish(stdout);
      return status;
    } catch (Throwable e) { // an Error too, which picocli lets pass
      return Failure.tell(e);
    }
  }

  private static CommandLine commandLine(PrintStream stdout) {
    CommandLine commandLine =
        new CommandLine(new Capemu())
            .setOverwrittenOptionsAllowed(true)
            // @name is the traced program's to understand, not a file of arguments.
            .setExpandAtFiles(false)
            .setOut(Streams.writer(stdout))
            .setErr(Streams.writer(Streams.standardError()))
            .setExecutionExceptionHandler((exception, command, parsed) -> Failure.tell(exception))
            .setParameterExceptionHandler((exception, unparsed) -> Failure.tell(exception));
    // What follows the traced program's name is the program's.
    commandLine.getSubcommands().get("run").setStopAtPositional(true);
    return commandLine;
  }
}
