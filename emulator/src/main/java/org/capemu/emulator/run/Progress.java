package org.capemu.emulator.run;

import org.capemu.tracer.StartUp;
import org.capemu.tracer.StoppedThread;
import org.capemu.tracer.elf.ProgramStart;
import org.capemu.tracer.ktrace.StartNote;
import org.capemu.tracer.ktrace.StartNote.Event;

/**
 * How far a process has come to the moment from which its violations are its own. Never changes: it
 * is kept with the process, and a child that is forked has its parent's.
 */
final class Progress {
  private final From from;

  /** Null where the moment is not told from where calls are made. */
  private final StartUp startUp;

  private final StartUp.Stage stage;

  /** Calls that {@link From} counts. */
  private final int seen;

  /** How the moment was told; {@link Event#BEGINS} before it. */
  private final Event told;

  private Progress(From from, StartUp startUp, StartUp.Stage stage, int seen, Event told) {
    this.from = from;
    this.startUp = startUp;
    this.stage = stage;
    this.seen = seen;
    this.told = told;
  }

  /**
   * A program was executed. Its file is looked at: see {@link StoppedThread#ask}.
   *
   * @param before what the process had; null at first
   */
  static Progress executed(StoppedThread thread, From from, Progress before) {
    // In a process that has come to another moment, what it executes still has a start-up.
    From next = before != null && before.isOver() && !from.isOfEveryProgram() ? From.MAIN : from;
    if (next.kind() == From.Kind.START) {
      return unknown(next, Event.FROM);
    }
    int seen = before == null ? 0 : before.seen;
    if (!next.isPlace()) {
      return new Progress(next, null, null, seen, Event.BEGINS);
    }
    return StartUp.of(thread, next.functions())
        .map(startUp -> new Progress(next, startUp, StartUp.Stage.LINKER, 0, Event.BEGINS))
        .orElseGet(() -> unknown(next, Event.UNKNOWN));
  }

  /** A process that ran before it was traced: its start-up is over, another moment may come. */
  static Progress attached(StoppedThread thread, From from) {
    return from.isOfEveryProgram() ? unknown(from, Event.ATTACH) : executed(thread, from, null);
  }

  /** Nothing is known of the program, and so nothing is taken from what is its own. */
  static Progress unknown(From from) {
    return unknown(from, Event.UNKNOWN);
  }

  private static Progress unknown(From from, Event told) {
    return new Progress(from, null, null, 0, told);
  }

  boolean isOver() {
    return told.isEnd();
  }

  /** Whether {@link #look} may find something new. */
  boolean looks() {
    return !isOver() && startUp != null;
  }

  /** Looks from where a call is made: see {@link StoppedThread#ask}. */
  Progress look(StoppedThread thread) {
    if (from.kind() == From.Kind.SYMBOL) {
      return startUp.isInside(thread, from.function()) ? over(Event.FROM) : this;
    }
    StartUp.Stage now = startUp.stage(thread, stage);
    boolean hasEntered = now != StartUp.Stage.LINKER;
    if (from.kind() == From.Kind.ENTRY) {
      return hasEntered ? over(Event.FROM) : this;
    }
    if (now == StartUp.Stage.MAIN) {
      return over(startUp.kind() == ProgramStart.Kind.MAIN ? Event.MAIN : Event.START_CODE);
    }
    if (hasEntered && startUp.kind() == ProgramStart.Kind.ENTRY) {
      return over(Event.ENTRY);
    }
    return now == stage ? this : new Progress(from, startUp, now, seen, told);
  }

  /** After a call. */
  Progress called(String call) {
    if (isOver() || !from.isCallOf(call)) {
      return this;
    }
    return seen + 1 == from.count()
        ? over(Event.FROM)
        : new Progress(from, startUp, stage, seen + 1, told);
  }

  /** After a call that has looked up a path. */
  Progress lookedUp(String path) {
    return !isOver() && from.isPath(path) ? over(Event.FROM) : this;
  }

  /** After a utrace(2). */
  Progress traced(String text) {
    return !isOver() && from.isText(text) ? over(Event.FROM) : this;
  }

  /** After a signal. */
  Progress signalled(int signo) {
    return !isOver() && from.isSignal(signo) ? over(Event.FROM) : this;
  }

  private Progress over(Event event) {
    return new Progress(from, null, null, seen, event);
  }

  Phase phase() {
    return isOver() ? Phase.PROGRAM : Phase.START_UP;
  }

  /** What the trace says of it. */
  StartNote note() {
    return told == Event.FROM ? new StartNote(told, from.toString()) : new StartNote(told);
  }
}
