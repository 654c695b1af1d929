package org.capemu.emulator;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import org.capemu.emulator.cli.CommandException;
import org.capemu.emulator.cli.Streams;
import org.capemu.emulator.diff.DiffCommand;
import org.capemu.emulator.dump.DumpCommand;
import org.capemu.emulator.replay.ReplayCommand;
import org.capemu.emulator.run.RunCommand;
import org.capemu.emulator.verify.VerifyCommand;
import org.capemu.tracer.linux.StartedWith;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** The command line: {@code capemu run}, {@code dump}, ... Errors are one line, exit status 2. */
@Command(
    name = "capemu",
    description = "Says what Capsicum's capability mode would refuse a program.",
    version = "capemu 0.1.0",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      RunCommand.class,
      DumpCommand.class,
      ReplayCommand.class,
      VerifyCommand.class,
      DiffCommand.class
    })
public final class Capemu {
  private Capemu() {}

  public static void main(String[] args) {
    StartedWith.enterDirectory();
    System.exit(execute(args));
  }

  /** Runs one command line and returns its exit status. */
  static int execute(String... args) {
    PrintStream stderr = Streams.standardError();
    CommandLine commandLine =
        new CommandLine(new Capemu())
            .setOverwrittenOptionsAllowed(true)
            .setErr(new PrintWriter(stderr, true))
            .setExecutionExceptionHandler(
                (exception, command, parsed) -> {
                  stderr.println("capemu: " + describe(exception));
                  return CommandException.EXIT_STATUS;
                })
            .setParameterExceptionHandler(
                (exception, unparsed) -> {
                  stderr.println("capemu: " + usageProblem(exception));
                  return CommandException.EXIT_STATUS;
                });
    // What follows the traced program's name is the program's.
    commandLine.getSubcommands().get("run").setStopAtPositional(true);
    if (args.length == 0) {
      stderr.println("capemu: no command given; try 'capemu --help'");
      return CommandException.EXIT_STATUS;
    }
    try {
      return commandLine.execute(args);
    } catch (LinkageError e) {
      stderr.println("capemu: JNR-FFI cannot load its native part: " + rootCause(e));
      return CommandException.EXIT_STATUS;
    }
  }

  private static String rootCause(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage().lines().findFirst().orElse("");
  }

  private static String usageProblem(ParameterException exception) {
    return exception.getMessage().lines().findFirst().orElse("bad usage");
  }

  private static String describe(Exception exception) {
    if (exception instanceof CommandException || exception instanceof IOException) {
      String message = exception.getMessage();
      return message == null ? exception.getClass().getSimpleName() : message;
    }
    return "internal error: " + exception;
  }
}
