package org.capemu.emulator.run;

/**
 * What a call names: a path, an address, a signal and its target. One char a byte, unescaped.
 *
 * <p>Subjects that are alike up to a separator can be folded into one: those of a directory, those
 * of a host.
 *
 * @param text empty if the call names nothing; of a folded one, what they have in common, up to and
 *     with its last separator
 * @param separator after which what is left can be folded
 * @param isPath shown in quotes
 * @param isFolded stands for all that begin so
 */
record Subject(String text, char separator, boolean isPath, boolean isFolded) {
  static final Subject NONE = words("");

  static Subject path(String path) {
    return new Subject(path, '/', true, false);
  }

  /** {@code 127.0.0.1:53}. */
  static Subject address(String address) {
    return new Subject(address, ':', false, false);
  }

  /** {@code SIGTERM to 4711}, {@code TIOCGETA on fd 0}. */
  static Subject words(String words) {
    return new Subject(words, ' ', false, false);
  }

  /** How often it can be folded: a name in the root directory, once; then all is one. */
  int depth() {
    return (int) text.chars().filter(c -> c == separator).count();
  }

  /**
   * What it is folded into at a depth: at 2, {@code /usr/share/doc} into {@code /usr/share/*}.
   *
   * @param depth at most {@link #depth()}; 0 for all of its form
   */
  Subject folded(int depth) {
    int end = 0;
    for (int i = 0; i < depth; i++) {
      end = text.indexOf(separator, end) + 1;
    }
    return new Subject(text.substring(0, end), separator, isPath, true);
  }
}
