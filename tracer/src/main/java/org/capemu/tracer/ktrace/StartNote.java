package org.capemu.tracer.ktrace;

import org.capemu.policy.Violation;

/**
 * Where a process's start-up begins or ends in a trace. No kernel has a record for it, so it is the
 * text of a KTR_USER record, as utrace(2) of the program itself would make: {@code capemu start-up:
 * begins} at execve(2), and {@code capemu start-up: ended by} with the reason, before the first
 * call that is the program's own. Between the two the process's violations are start-up's; where a
 * process has no such note nothing is known.
 *
 * @param from what {@code run --from} was given, one char a byte; empty but with {@link Event#FROM}
 */
public record StartNote(Event event, String from) implements CapemuNote {
  private static final String ENDED = "ended by ";

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

  @Override
  public Kind kind() {
    return Kind.START_UP;
  }

  @Override
  public String text() {
    return event.text + from;
  }

  @Override
  public void data(Violation.Writer to) {
    to.string("startUp", event.isEnd() ? "ended" : "begins");
    if (event.isEnd()) {
      to.string("by", event.name());
    }
    if (!from.isEmpty()) {
      to.string("from", from);
    }
  }

  /** Reads what a record says after its name; null if that is no such note. */
  static StartNote parse(String what) {
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
