package org.capemu.tests.verify;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.capemu.emulator.cli.CommandException;
import org.capemu.emulator.diff.DiffCommand;
import org.capemu.emulator.replay.ReplayCommand;
import org.capemu.emulator.verify.VerifyCommand;
import picocli.CommandLine;

/** One run of a command: its exit status, what it printed, and its error, one line. */
public record Run(int status, String text, String error) {
  public static Run verify(Object... arguments) {
    return run(VerifyCommand::new, arguments);
  }

  public static Run replay(Object... arguments) {
    return run(ReplayCommand::new, arguments);
  }

  public static Run diff(Object... arguments) {
    return run(DiffCommand::new, arguments);
  }

  private static Run run(Function<PrintStream, Object> command, Object... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    String[] error = {""};
    String[] words = new String[arguments.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = arguments[i].toString();
    }
    PrintStream printer = new PrintStream(out, false, StandardCharsets.ISO_8859_1);
    int status =
        new CommandLine(command.apply(printer))
            .setExecutionExceptionHandler(
                (exception, line, parsed) -> {
                  if (!(exception instanceof CommandException)) {
                    throw exception;
                  }
                  error[0] = exception.getMessage();
                  return 2;
                })
            .setErr(new java.io.PrintWriter(new ByteArrayOutputStream()))
            .execute(words);
    printer.flush();
    return new Run(status, out.toString(StandardCharsets.ISO_8859_1), error[0]);
  }

  public List<String> lines() {
    return text.lines().toList();
  }

  public String lastLine() {
    List<String> lines = lines();
    return lines.isEmpty() ? "" : lines.get(lines.size() - 1);
  }
}
