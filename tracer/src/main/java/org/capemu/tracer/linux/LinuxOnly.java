package org.capemu.tracer.linux;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.capemu.policy.Abi;

/**
 * Violations that are Linux's: what the same program would not do on FreeBSD, or do otherwise.
 * Which those are stands in {@code linux-only.txt}, with what FreeBSD does there instead.
 */
public final class LinuxOnly {
  private static final String ARROW = " -> ";
  private static final String ANY = "*";
  private static final String NO_CALL = "FreeBSD has no such call";
  private static final String NO_ARGUMENTS = "FreeBSD has no counterpart to these arguments";

  private static final LinuxOnly LOADED =
      new LinuxOnly(TextResource.lines(LinuxOnly.class, "linux-only.txt"));

  /** A row about a path. */
  private record OfPath(String call, Glob path, String instead) {}

  private final Map<String, String> ofCalls = new HashMap<>();
  private final List<OfPath> ofPaths = new ArrayList<>();

  private LinuxOnly(List<String> rows) {
    for (String row : rows) {
      int arrow = row.indexOf(ARROW);
      String[] what = TextResource.words(row.substring(0, arrow));
      String instead = row.substring(arrow + ARROW.length()).strip();
      if (what[0].equals("linux")) {
        ofCalls.put(what[1], instead);
      } else {
        ofPaths.add(new OfPath(what[0], new Glob(what[1]), instead));
      }
    }
  }

  /**
   * What FreeBSD does instead of a call that violates, in a few words of text; empty where a
   * program would violate in the same way on FreeBSD, or where that is not known: of 32-bit calls,
   * which are not translated, and of numbers without a name.
   *
   * @param abi whose table the call is of: {@link Abi#LINUX64} has only those without counterpart
   * @param call its name in that table, as {@link LinuxSyscalls} has it of Linux's
   * @param path what it looks up, one char a byte; null if it looks up nothing
   */
  public static Optional<String> instead(Abi abi, String call, String path) {
    return switch (abi) {
      case LINUX64 -> LOADED.ofCall(call);
      case LINUX32 -> Optional.empty();
      case FREEBSD64, FREEBSD32 -> path == null ? Optional.empty() : LOADED.ofPath(call, path);
    };
  }

  private Optional<String> ofCall(String call) {
    TranslationTable.Line line = TranslationTable.get().named(call);
    if (line == null) {
      return Optional.empty();
    }
    boolean others = line.meaning().choices().length > 0;
    return Optional.of(ofCalls.getOrDefault(call, others ? NO_ARGUMENTS : NO_CALL));
  }

  private Optional<String> ofPath(String call, String path) {
    for (OfPath row : ofPaths) {
      if ((row.call.equals(ANY) || row.call.equals(call)) && row.path.matches(path)) {
        return Optional.of(row.instead);
      }
    }
    return Optional.empty();
  }
}
