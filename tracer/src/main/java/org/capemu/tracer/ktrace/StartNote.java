package org.capemu.tracer.ktrace;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Where a process's start-up begins or ends in a trace. No kernel has a record for it, so it is the
 * text of a KTR_USER record, as utrace(2) of the program itself would make: {@code capemu start-up:
 * begins} at execve(2), and {@code capemu start-up: ended by} with the reason, before the first
 * call that is the program's own. Between the two the process's violations are start-up's; where a
 * process has no such note nothing is known.
 *
 * @param from what {@code run --from} was given, one char a byte; empty but with {@link Event#FROM}
 */
public record StartNote(Event event, String from) {
  private static final String MAGIC = "capemu start-up: ";
  private static final String ENDED = "ended by ";

  /** KTR_USER_MAXLEN. */
  private static final int MAX_LENGTH = 2048;

  /** What is noted: the beginning, or how the end was told. */
  public enum Event {
    /** A program was executed. */
    BEGINS("begins"),
    /** {@code main} runs, which has a symbol. */
    MAIN(ENDED + "main"),
    /** {@code main} runs, whose address is that which the start code has. */
    START_CODE(ENDED + "main as the start code has it"),
    /** The image's entry point was reached, and no {@code main} is known. */
    ENTRY(ENDED + "entry"),
    /** What {@code --from} says has come. */
    FROM(ENDED + "from "),
    /** The process was forked by one whose start-up was over. */
    FORK(ENDED + "fork"),
    /** The process ran already when it was attached. */
    ATTACH(ENDED + "attach"),
    /** It cannot be told apart, as the program's file cannot be read here. */
    UNKNOWN(ENDED + "nothing known");

    private final String text;

    Event(String text) {
      this.text = text;
    }

    /** Whether calls after the note are the program's own. */
    public boolean isEnd() {
      return this != BEGINS;
    }
  }

  public StartNote(Event event) {
    this(event, "");
  }

  byte[] encode() {
    byte[] text = (MAGIC + event.text + from).getBytes(StandardCharsets.ISO_8859_1);
    return Arrays.copyOf(text, Math.min(text.length, MAX_LENGTH));
  }

  /** Reads a record; null if it is something else. */
  public static StartNote decode(KtraceRecord record) {
    if (record.type() != RecordType.USER
        || record.length() <= MAGIC.length()
        || record.getByte(0) != MAGIC.charAt(0)) {
      return null;
    }
    String text = record.getString(0);
    if (!text.startsWith(MAGIC)) {
      return null;
    }
    String what = text.substring(MAGIC.length());
    for (Event event : Event.values()) {
      if (what.equals(event.text)) {
        return new StartNote(event);
      }
    }
    return what.startsWith(Event.FROM.text)
        ? new StartNote(Event.FROM, what.substring(Event.FROM.text.length()))
        : null;
  }
}
