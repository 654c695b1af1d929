package org.capemu.emulator.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** What is wrong with a file, in the words of strerror(3). */
public final class Errors {
  private Errors() {}

  /**
   * The end of a command: {@code FILE: REASON}.
   *
   * @param file as it was given
   */
  public static CommandException about(String file, IOException e) {
    return new CommandException(line(file, e));
  }

  /** {@code FILE: REASON}. */
  public static String line(String file, IOException e) {
    return (file.isEmpty() ? "''" : file) + ": " + reason(e);
  }

  /** The reason alone, without the file's name. */
  public static String reason(IOException e) {
    if (e instanceof FileSystemException fileSystem && fileSystem.getReason() != null) {
      return fileSystem.getReason();
    } else if (e instanceof NoSuchFileException) {
      return "No such file or directory";
    } else if (e instanceof AccessDeniedException) {
      return "Permission denied";
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /** EPIPE: what reads the other end of the pipe wanted no more. */
  public static boolean isReaderGone(IOException e) {
    return e.getMessage() != null && e.getMessage().contains("Broken pipe");
  }
}
