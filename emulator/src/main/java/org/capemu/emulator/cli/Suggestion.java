package org.capemu.emulator.cli;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The options or commands that may have been meant by one that there is not: picocli's guess. */
final class Suggestion {
  /** What {@code capemu help} says of a command that there is not. */
  private static final Pattern UNKNOWN_SUBCOMMAND = Pattern.compile("Unknown subcommand '(.*)'\\.");

  private Suggestion() {}

  /** {@code ; did you mean '--json'?}, or nothing. */
  static String about(ParameterException wrong) {
    List<String> likely = of(wrong);
    return likely.isEmpty() ? "" : "; did you mean '" + String.join("' or '", likely) + "'?";
  }

  private static List<String> of(ParameterException wrong) {
    Matcher command = UNKNOWN_SUBCOMMAND.matcher(wrong.getMessage());
    if (command.matches()) {
      return new UnmatchedArgumentException(wrong.getCommandLine(), List.of(command.group(1)))
          .getSuggestions();
    }
    return wrong instanceof UnmatchedArgumentException unmatched
        ? unmatched.getSuggestions()
        : List.of();
  }
}
