package org.capemu.emulator.cli;

/**
 * Ends a command: the message is printed as one line, {@code capemu: MESSAGE}, and capemu exits 2.
 */
public final class CommandException extends RuntimeException {
  /** Bad usage, or something that could not be done at all. */
  public static final int EXIT_STATUS = 2;

  /**
   * @param message {@code FILE: what is wrong}, or what is wrong
   */
  public CommandException(String message) {
    super(message, null, false, false);
  }
}
