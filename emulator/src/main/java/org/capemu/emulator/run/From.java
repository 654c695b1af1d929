package org.capemu.emulator.run;

/**
 * The moment from which a program's violations are its own: what {@code --from} says, {@code main}
 * by default.
 */
final class From {
  /** Where start-up ends for most. */
  static final From MAIN = new From("main");

  private final String where;

  private From(String where) {
    this.where = where;
  }

  /** As the user gave it, unescaped: for "start-up, before WHERE". */
  @Override
  public String toString() {
    return where;
  }
}
