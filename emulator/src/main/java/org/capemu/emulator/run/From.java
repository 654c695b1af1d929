package org.capemu.emulator.run;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.capemu.emulator.dump.KernelNames;
import org.capemu.policy.Release;
import org.capemu.policy.SyscallTable;
import org.capemu.tracer.linux.LinuxSyscalls;

/**
 * The moment from which a program's violations are its own: where one thinks of calling
 * cap_enter(2). The argument of {@code --from}.
 *
 * <p>Each process comes to its own moment, and children that it forks have what it has. What is
 * executed begins anew. A call, a signal or a text that is the moment itself still belongs before
 * it.
 */
final class From {
  /** Where start-up ends for most. */
  static final From MAIN = new From("main", Kind.MAIN, "", 1);

  /** What there is to say after {@code --from}. */
  static final String FORMS =
      "start, entry, main, call:NAME[#N], path:GLOB, sym:FUNCTION, utrace:TEXT, signal:NAME,"
          + " cap_enter";

  private static final int MAX_SIGNAL = 128;
  private static final int MAX_LINUX_CALL = 1024;
  private static final Pattern COUNTED = Pattern.compile("(.*)#(\\d+)", Pattern.DOTALL);

  /** The kinds of moments. */
  enum Kind {
    /** The program's first instruction, which is the run-time linker's. */
    START,
    /** The image's entry point. */
    ENTRY,
    /** {@code main}. */
    MAIN,
    /** After the Nth call of a name. */
    CALL,
    /** After a call that looks up a path. */
    PATH,
    /** The first call that is made inside of a function. */
    SYMBOL,
    /** After a utrace(2) of a text. */
    UTRACE,
    /** After a signal was taken. */
    SIGNAL
  }

  private final String where;
  private final Kind kind;
  private final String name;
  private final int count;
  private final Pattern path;

  private From(String where, Kind kind, String name, int count) {
    this.where = where;
    this.kind = kind;
    this.name = name;
    this.count = count;
    this.path = kind == Kind.PATH ? glob(name) : null;
  }

  /**
   * Reads what the user says.
   *
   * @throws IllegalArgumentException with one line that says what is wrong
   */
  static From parse(String where) {
    int colon = where.indexOf(':');
    String word = colon < 0 ? where : where.substring(0, colon);
    String rest = colon < 0 ? "" : where.substring(colon + 1);
    if (colon < 0) {
      return switch (word) {
        case "start" -> new From(where, Kind.START, "", 1);
        case "entry" -> new From(where, Kind.ENTRY, "", 1);
        case "main" -> MAIN;
        case "cap_enter" -> new From(where, Kind.CALL, word, 1);
        default -> throw unknown(where);
      };
    }
    if (rest.isEmpty()) {
      throw unknown(where);
    }
    return switch (word) {
      case "call" -> call(where, rest);
      case "path" -> new From(where, Kind.PATH, rest, 1);
      case "sym" -> symbol(where, rest);
      case "utrace" -> new From(where, Kind.UTRACE, rest, 1);
      case "signal" -> new From(where, Kind.SIGNAL, "", signal(rest));
      default -> throw unknown(where);
    };
  }

  private static IllegalArgumentException unknown(String where) {
    return new IllegalArgumentException("'" + where + "' is none of " + FORMS);
  }

  private static From call(String where, String rest) {
    Matcher counted = COUNTED.matcher(rest);
    String name = counted.matches() ? counted.group(1) : rest;
    int count = 1;
    if (counted.matches()) {
      try {
        count = Integer.parseInt(counted.group(2));
      } catch (NumberFormatException tooLarge) {
        count = 0;
      }
    }
    if (count == 0) {
      throw new IllegalArgumentException("'" + where + "': calls are counted from #1");
    }
    if (!isCall(name)) {
      throw new IllegalArgumentException("'" + name + "' is no system call");
    }
    return new From(where, Kind.CALL, name, count);
  }

  private static boolean isCall(String name) {
    SyscallTable calls = SyscallTable.of(Release.FREEBSD_15);
    for (int number = 0; number < MAX_LINUX_CALL; number++) {
      if (name.equals(calls.name(number)) || name.equals(LinuxSyscalls.name(number))) {
        return true;
      }
    }
    return false;
  }

  /** Returns of a function are not seen, so that its calls cannot be counted. */
  private static From symbol(String where, String rest) {
    if (COUNTED.matcher(rest).matches()) {
      throw new IllegalArgumentException("'" + where + "': calls of a function are not counted");
    }
    return new From(where, Kind.SYMBOL, rest, 1);
  }

  private static int signal(String rest) {
    String name = rest.startsWith("SIG") ? rest : "SIG" + rest;
    for (int signal = 1; signal <= MAX_SIGNAL; signal++) {
      if (KernelNames.signal(signal).equals(name)) {
        return signal;
      }
    }
    throw new IllegalArgumentException("'" + rest + "' is no signal");
  }

  /** As fnmatch(3) without flags: * and ? also stand for a slash. */
  private static Pattern glob(String glob) {
    StringBuilder pattern = new StringBuilder();
    int at = 0;
    while (at < glob.length()) {
      char c = glob.charAt(at++);
      int end = c == '[' ? glob.indexOf(']', at + 1) : -1;
      if (c == '*') {
        pattern.append(".*");
      } else if (c == '?') {
        pattern.append('.');
      } else if (end > 0) {
        boolean negated = glob.charAt(at) == '!';
        String set =
            glob.substring(negated ? at + 1 : at, end).replaceAll("[\\\\\\[\\]^&]", "\\\\$0");
        pattern.append(negated ? "[^" : "[").append(set).append(']');
        at = end + 1;
      } else if (c == '\\' && at < glob.length()) {
        pattern.append(Pattern.quote(glob.substring(at, at + 1)));
        at++;
      } else {
        pattern.append(Pattern.quote(String.valueOf(c)));
      }
    }
    try {
      return Pattern.compile(pattern.toString(), Pattern.DOTALL);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("'" + glob + "' is no pattern", e);
    }
  }

  Kind kind() {
    return kind;
  }

  /** Told from where calls are made, not from which. */
  boolean isPlace() {
    return kind == Kind.ENTRY || kind == Kind.MAIN || kind == Kind.SYMBOL;
  }

  /** In every program's start-up, so that it is for each program that is executed anew. */
  boolean isOfEveryProgram() {
    return kind == Kind.START || kind == Kind.ENTRY || kind == Kind.MAIN;
  }

  /** The functions whose addresses have to be known. */
  Set<String> functions() {
    return kind == Kind.SYMBOL ? Set.of(name) : Set.of();
  }

  /** The function of {@link Kind#SYMBOL}. */
  String function() {
    return name;
  }

  /** How many of its calls it takes. */
  int count() {
    return kind == Kind.SIGNAL ? 1 : count;
  }

  boolean isCallOf(String call) {
    return kind == Kind.CALL && name.equals(call);
  }

  boolean isPath(String looked) {
    return kind == Kind.PATH && path.matcher(looked).matches();
  }

  /**
   * @param text up to a NUL, one char a byte
   */
  boolean isText(String text) {
    return kind == Kind.UTRACE && name.equals(text);
  }

  /**
   * @param signo FreeBSD's number
   */
  boolean isSignal(int signo) {
    return kind == Kind.SIGNAL && count == signo;
  }

  /** As the user gave it, unescaped: for "start-up, before WHERE". */
  @Override
  public String toString() {
    return where;
  }
}
