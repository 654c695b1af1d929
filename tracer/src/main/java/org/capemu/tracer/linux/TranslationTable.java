package org.capemu.tracer.linux;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.capemu.policy.Release;
import org.capemu.policy.SyscallTable;

/** system-calls.txt, which explains its own form. */
final class TranslationTable {
  private static final TranslationTable LOADED =
      new TranslationTable(TextResource.lines(TranslationTable.class, "system-calls.txt"));

  private static final String ARROW = " -> ";

  /** The sources and conditions that read the tracee's memory: {@link Sources}. */
  private static final Pattern READS_MEMORY =
      Pattern.compile("\\b(u32|u64|isEmptyPath|isPath|attributeNamespace)\\(");

  private static final int ARGUMENTS = 6;

  /** What becomes of one Linux call. It is understood when the call is first made. */
  static final class Line {
    private final String name;
    private final List<String> text;
    private volatile Meaning meaning;

    private Line(String name, List<String> text) {
      this.name = name;
      this.text = text;
    }

    String name() {
      return name;
    }

    Meaning meaning() {
      Meaning known = meaning;
      if (known == null) {
        known = understand(text);
        meaning = known;
      }
      return known;
    }
  }

  /**
   * The right side of a line.
   *
   * @param choices in their order, none where there is no counterpart at all
   * @param linuxArgCount how many arguments to record where no choice applies
   * @param readsMemory the choice depends on what the tracee's memory holds
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared, and walked at every call
  record Meaning(FreeBsdCall[] choices, int linuxArgCount, boolean readsMemory) {}

  private final Line[] lines;

  private TranslationTable(List<String> text) {
    List<Line> byNumber = new ArrayList<>();
    for (int at = 0; at < text.size(); ) {
      String line = text.get(at);
      int arrow = line.indexOf(ARROW);
      String[] call = TextResource.words(line.substring(0, arrow));
      int number = Integer.parseInt(call[0]);
      List<String> choices = new ArrayList<>();
      choices.add(line.substring(arrow + ARROW.length()));
      for (at++; at < text.size() && text.get(at).stripLeading().startsWith("|"); at++) {
        choices.add(text.get(at).stripLeading().substring(1));
      }
      while (byNumber.size() <= number) {
        byNumber.add(null);
      }
      if (byNumber.set(number, new Line(call[1], choices)) != null) {
        throw new IllegalArgumentException("twice: " + number);
      }
    }
    lines = byNumber.toArray(new Line[0]);
  }

  static TranslationTable get() {
    return LOADED;
  }

  /** The line of a number; null for a number without one. */
  Line line(int linuxNumber) {
    return linuxNumber >= 0 && linuxNumber < lines.length ? lines[linuxNumber] : null;
  }

  /** The line of a name; null for a call without one. */
  Line named(String name) {
    for (Line line : lines) {
      if (line != null && line.name.equals(name)) {
        return line;
      }
    }
    return null;
  }

  /** One more than the highest number that has a line. */
  int size() {
    return lines.length;
  }

  private static Meaning understand(List<String> text) {
    List<FreeBsdCall> calls = new ArrayList<>();
    int linuxArgCount = ARGUMENTS;
    for (String choice : text) {
      String right = choice.strip();
      if (right.startsWith("linux(")) {
        linuxArgCount = Integer.parseInt(right.substring(6, right.length() - 1));
      } else {
        calls.add(new Parser(right).call());
      }
    }
    boolean readsMemory = text.stream().anyMatch(choice -> READS_MEMORY.matcher(choice).find());
    return new Meaning(calls.toArray(new FreeBsdCall[0]), linuxArgCount, readsMemory);
  }

  /** Reads one choice: recursive descent over its words. */
  private static final class Parser {
    private static final ConstantTables CONSTANTS = ConstantTables.get();
    private static final SyscallTable FREEBSD = SyscallTable.of(Release.FREEBSD_15);

    private final String[] words;
    private int at;

    Parser(String text) {
      StringBuilder spaced = new StringBuilder();
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if ("(),|".indexOf(c) >= 0) {
          spaced.append(' ').append(c).append(' ');
        } else {
          spaced.append(c);
        }
      }
      words = TextResource.words(spaced.toString());
    }

    FreeBsdCall call() {
      String name = next();
      SyscallTable.Syscall call = FREEBSD.named(name);
      if (call == null) {
        throw new IllegalArgumentException("no FreeBSD call " + name);
      }
      List<Source> arguments = sources();
      Condition condition = skip("if") ? conditions() : Condition.ALWAYS;
      int each = TranslatedCall.ONCE;
      Source count = Source.RESULT;
      if (skip("each")) {
        each = Integer.parseInt(next());
        expect("of");
        count = source();
      }
      Source returns = skip("returns") ? source() : Source.RESULT;
      Source fails = skip("fails") ? source() : Source.RESULT;
      if (at != words.length) {
        throw new IllegalArgumentException(name + ": " + words[at]);
      }
      return new FreeBsdCall(call, arguments, condition, each, count, returns, fails);
    }

    private Condition conditions() {
      Condition condition = negatable();
      while (skip("and")) {
        condition = condition.and(negatable());
      }
      return condition;
    }

    private Condition negatable() {
      return skip("not") ? condition().negate() : condition();
    }

    private Condition condition() {
      String name = next();
      if (name.equals("isPath")) {
        expect("(");
        Source path = source();
        expect(",");
        Glob glob = new Glob(next());
        expect(")");
        return Sources.isPath(path, glob);
      }
      if (!name.equals("flag") && !name.equals("is")) {
        return Sources.condition(name, sources());
      }
      expect("(");
      Source source = source();
      expect(",");
      long constant = CONSTANTS.linux(next());
      expect(")");
      return name.equals("flag") ? Sources.flag(source, constant) : Sources.is(source, constant);
    }

    /** Sources between parentheses. */
    private List<Source> sources() {
      List<Source> sources = new ArrayList<>();
      expect("(");
      while (!skip(")")) {
        if (!sources.isEmpty()) {
          expect(",");
        }
        sources.add(source());
      }
      return sources;
    }

    private Source source() {
      Source source = term();
      while (skip("|")) {
        source = Sources.either(source, term());
      }
      return source;
    }

    private Source term() {
      String word = next();
      if (Character.isDigit(word.charAt(0))) {
        return Sources.argument(Integer.parseInt(word));
      }
      if (word.startsWith("=")) {
        return Sources.constant(Long.parseLong(word.substring(1)));
      }
      if (word.equals("result")) {
        return Source.RESULT;
      }
      if (at < words.length && words[at].equals("(")) {
        return switch (word) {
          case "u32" -> memory(Integer.BYTES);
          case "u64" -> memory(Long.BYTES);
          default -> Sources.named(word, sources());
        };
      }
      return Sources.constant(CONSTANTS.freeBsd(word));
    }

    private Source memory(int bytes) {
      expect("(");
      Source address = source();
      expect(",");
      long offset = Long.parseLong(next());
      expect(")");
      return Sources.memory(address, offset, bytes);
    }

    private String next() {
      return words[at++];
    }

    private boolean skip(String word) {
      boolean there = at < words.length && words[at].equals(word);
      if (there) {
        at++;
      }
      return there;
    }

    private void expect(String word) {
      if (!skip(word)) {
        throw new IllegalArgumentException("no " + word + " in " + Arrays.toString(words));
      }
    }
  }
}
