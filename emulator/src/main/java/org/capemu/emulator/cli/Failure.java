package org.capemu.emulator.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.ParameterException;

/**
 * The end of a command that cannot go on: one line on standard error, {@code capemu: REASON}, and
 * {@link CommandException#EXIT_STATUS}, whatever was thrown.
 */
public final class Failure {
  /** Needs no memory and no class that is not there yet. */
  private static final byte[] NO_MEMORY =
      "capemu: out of memory: this takes more than the heap of the JVM\n"
          .getBytes(StandardCharsets.ISO_8859_1);

  private static final byte[] NO_WORDS =
      "capemu: internal error\n".getBytes(StandardCharsets.ISO_8859_1);

  private static final FileOutputStream STANDARD_ERROR = new FileOutputStream(FileDescriptor.err);

  private Failure() {}

  /**
   * Loads what {@link #tell} needs, which may be impossible once something has gone wrong, and
   * takes over what threads die of.
   */
  public static void prepare() {
    lineOf(new CommandException("\n"));
    lineOf(new LinkageError());
    Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> tell(thrown));
  }

  /** Says what was thrown and returns the exit status. */
  public static int tell(Throwable thrown) {
    byte[] line;
    try {
      line =
          rootCause(thrown) instanceof OutOfMemoryError // collections wrap it in their own
              ? NO_MEMORY
              : ("capemu: " + lineOf(thrown) + "\n").getBytes(StandardCharsets.ISO_8859_1);
    } catch (Throwable another) {
      line = another instanceof OutOfMemoryError ? NO_MEMORY : NO_WORDS;
    }
    try {
      STANDARD_ERROR.write(line);
    } catch (IOException nobodyListens) {
      // the exit status says it
    }
    return CommandException.EXIT_STATUS;
  }

  private static String lineOf(Throwable thrown) {
    if (thrown instanceof ParameterException wrong) {
      return Escape.of(firstLine(wrong.getMessage()) + Suggestion.about(wrong));
    } else if (thrown instanceof CommandException || thrown instanceof IOException) {
      String message = thrown.getMessage();
      return Escape.of(message == null ? thrown.getClass().getSimpleName() : message);
    } else if (thrown instanceof LinkageError) {
      return "a part of capemu cannot be loaded: " + described(rootCause(thrown));
    }
    return "internal error: " + described(thrown);
  }

  private static Throwable rootCause(Throwable thrown) {
    Throwable cause = thrown;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** The name of its class, and the first line of its message if it has one. */
  private static String described(Throwable thrown) {
    String name = thrown.getClass().getSimpleName();
    String message = thrown.getMessage();
    return Escape.of(message == null ? name : name + ": " + firstLine(message));
  }

  private static String firstLine(String text) {
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end);
  }
}
