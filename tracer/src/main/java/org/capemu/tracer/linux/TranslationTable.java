package org.capemu.tracer.linux;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.capemu.policy.Release;
import org.capemu.policy.SyscallTable;

/** system-calls.txt, which explains its own form, ready for use. */
final class TranslationTable {
  private static final TranslationTable LOADED =
      new TranslationTable(TextResource.lines(TranslationTable.class, "system-calls.txt"));

  private static final int ARGUMENTS = 6;

  /**
   * What becomes of one Linux call.
   *
   * @param choices in their order, none where there is no counterpart at all
   * @param linuxArgCount how many arguments to record where no choice applies
   */
  record Line(String name, FreeBsdCall[] choices, int linuxArgCount) {}

  private final Line[] lines;

  private TranslationTable(List<String> text) {
    Parser parser = new Parser();
    List<Line> byNumber = new ArrayList<>();
    for (int at = 0; at < text.size(); ) {
      String[] head = text.get(at).strip().split(" +", 4);
      int number = Integer.parseInt(head[0]);
      List<String> choices = new ArrayList<>(List.of(head[3]));
      for (at++; at < text.size() && text.get(at).strip().startsWith("|"); at++) {
        choices.add(text.get(at).strip().substring(1));
      }
      while (byNumber.size() <= number) {
        byNumber.add(null);
      }
      if (byNumber.set(number, parser.line(head[1], choices)) != null) {
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

  /** One more than the highest number that has a line. */
  int size() {
    return lines.length;
  }

  /** Reads the right side of a line: recursive descent over its words. */
  private static final class Parser {
    private static final Pattern WORD = Pattern.compile("[A-Za-z_]\\w*|=-?\\d+|\\d+|[(),|]");

    private final SyscallTable freeBsd = SyscallTable.of(Release.FREEBSD_15);
    private final ConstantTables constants = ConstantTables.get();
    private List<String> words;
    private int at;

    Line line(String name, List<String> choices) {
      List<FreeBsdCall> calls = new ArrayList<>();
      int linuxArgCount = ARGUMENTS;
      for (String choice : choices) {
        words = WORD.matcher(choice).results().map(MatchResult::group).toList();
        at = 0;
        if (words.get(0).equals("linux")) {
          linuxArgCount = Integer.parseInt(words.get(2));
        } else {
          calls.add(call());
        }
      }
      return new Line(name, calls.toArray(new FreeBsdCall[0]), linuxArgCount);
    }

    private FreeBsdCall call() {
      String name = next();
      SyscallTable.Syscall call = freeBsd.named(name);
      if (call == null) {
        throw new IllegalArgumentException("no FreeBSD call " + name);
      }
      List<Source> arguments = sources();
      Condition condition = skip("if") ? condition() : Condition.ALWAYS;
      Source returns = skip("returns") ? source() : Source.RESULT;
      if (at != words.size()) {
        throw new IllegalArgumentException(name + ": " + words.get(at));
      }
      return new FreeBsdCall(call, arguments, condition, returns);
    }

    private Condition condition() {
      String name = next();
      if (!name.equals("flag") && !name.equals("is")) {
        return Sources.condition(name, sources());
      }
      expect("(");
      Source source = source();
      expect(",");
      long constant = constants.linux(next());
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
      if (at < words.size() && words.get(at).equals("(")) {
        return switch (word) {
          case "u32" -> memory(Integer.BYTES);
          case "u64" -> memory(Long.BYTES);
          default -> Sources.named(word, sources());
        };
      }
      return Sources.constant(constants.freeBsd(word));
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
      return words.get(at++);
    }

    private boolean skip(String word) {
      boolean there = at < words.size() && words.get(at).equals(word);
      if (there) {
        at++;
      }
      return there;
    }

    private void expect(String word) {
      if (!skip(word)) {
        throw new IllegalArgumentException("no " + word + " in " + words);
      }
    }
  }
}
