package org.capemu.tracer.ktrace;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.capemu.policy.FileTree.FileType;
import org.capemu.policy.Undecided;
import org.capemu.policy.Violation;

/**
 * What the lookups of one call met beneath a directory descriptor, where that was looked at to
 * decide the call: no record of a kernel's tells it, and later it may be different. It is the text
 * of a KTR_USER record, as utrace(2) of the program itself would make: {@code capemu lookup: } and
 * the answers in the order in which they were asked for, a letter each.
 *
 * <ul>
 *   <li>{@code s} the directory of the descriptor; its name follows, and NUL. {@code S}: none
 *   <li>{@code d}, {@code l}, {@code o}, {@code m} a name is that of a directory, a symbolic link,
 *       something else, or missing
 *   <li>{@code t} what the link leads to follows, and NUL. {@code T}: it cannot be read
 *   <li>{@code r}, {@code n} a directory is the process's root directory, or is not
 * </ul>
 *
 * <p>Names are one char a byte (ISO-8859-1).
 */
public final class LookupNote implements CapemuNote {
  private static final byte[] MAGIC = "capemu lookup: ".getBytes(StandardCharsets.ISO_8859_1);

  /** The answers to more are not written, and count as not known. */
  private static final int MOST = 8192;

  /** What malloc(3) writes with utrace(2) has this length: kdump(1) tells it by that alone. */
  private static final int LENGTH_OF_MALLOC = 24;

  private static final char START = 's';
  private static final char NO_START = 'S';
  private static final char TARGET = 't';
  private static final char NO_TARGET = 'T';
  private static final char ROOT = 'r';
  private static final char NO_ROOT = 'n';

  private final byte[] answers;
  private int next;

  private LookupNote(byte[] answers) {
    this.answers = answers;
  }

  /** Gathers the answers of one call. */
  public static final class Writer {
    private final ByteArrayOutputStream answers = new ByteArrayOutputStream();

    public void start(String directory) {
      put(directory == null ? NO_START : START, directory);
    }

    public void type(FileType type) {
      put(letter(type), null);
    }

    public void target(String target) {
      put(target == null ? NO_TARGET : TARGET, target);
    }

    public void root(boolean is) {
      put(is ? ROOT : NO_ROOT, null);
    }

    private void put(char letter, String name) {
      if (answers.size() < MOST) {
        answers.write(letter);
        if (name != null) {
          answers.writeBytes(name.getBytes(StandardCharsets.ISO_8859_1));
          answers.write(0);
        }
      }
    }

    /** The payload of the KTR_USER record; null if nothing was asked for. */
    public byte[] encode() {
      if (answers.size() == 0) {
        return null;
      }
      int length = MAGIC.length + answers.size();
      byte[] note =
          Arrays.copyOf(MAGIC, length == LENGTH_OF_MALLOC ? LENGTH_OF_MALLOC + 1 : length);
      System.arraycopy(answers.toByteArray(), 0, note, MAGIC.length, answers.size());
      return note;
    }
  }

  private static char letter(FileType type) {
    return switch (type) {
      case DIRECTORY -> 'd';
      case SYMLINK -> 'l';
      case OTHER -> 'o';
      case MISSING -> 'm';
    };
  }

  @Override
  public Kind kind() {
    return Kind.LOOKUP;
  }

  @Override
  public String text() {
    return new String(answers, StandardCharsets.ISO_8859_1);
  }

  @Override
  public void data(Violation.Writer to) {
    to.string("lookup", text());
  }

  /** Reads what a record says after its name, to answer from the first answer on. */
  static LookupNote parse(String text) {
    return new LookupNote(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Answers from the beginning again. */
  public LookupNote again() {
    next = 0;
    return this;
  }

  /**
   * The directory of the next lookup's descriptor; null if it was none. What is left of the lookup
   * before is passed over: less is asked for where less is recorded.
   *
   * @throws Undecided if there is no lookup any more
   */
  public String start() {
    while (next < answers.length && answers[next] != START && answers[next] != NO_START) {
      skip();
    }
    return has(NO_START) ? null : name(START);
  }

  /**
   * What a name is.
   *
   * @throws Undecided if that is not the next answer
   */
  public FileType type() {
    for (FileType type : FileType.values()) {
      if (has(letter(type))) {
        return type;
      }
    }
    throw unknown();
  }

  /**
   * What a symbolic link leads to; null if that could not be read.
   *
   * @throws Undecided if that is not the next answer
   */
  public String target() {
    return has(NO_TARGET) ? null : name(TARGET);
  }

  /**
   * Whether a directory is the process's root directory.
   *
   * @throws Undecided if that is not the next answer
   */
  public boolean root() {
    if (has(ROOT)) {
      return true;
    }
    if (has(NO_ROOT)) {
      return false;
    }
    throw unknown();
  }

  private String name(char letter) {
    if (!has(letter)) {
      throw unknown();
    }
    int from = next;
    while (next < answers.length && answers[next] != 0) {
      next++;
    }
    String name = new String(answers, from, next - from, StandardCharsets.ISO_8859_1);
    next++;
    return name;
  }

  private void skip() {
    if (answers[next] == TARGET) {
      name(TARGET);
    } else {
      next++;
    }
  }

  /** Takes an answer if it is this one. */
  private boolean has(char letter) {
    boolean is = next < answers.length && answers[next] == letter;
    next += is ? 1 : 0;
    return is;
  }

  private static Undecided unknown() {
    return new Undecided("what a lookup met, which was not known when it was made");
  }
}
