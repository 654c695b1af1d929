package org.capemu.tracer.linux;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What traced programs did that ptrace(2) does not show, a sentence each, in bounded number. */
final class Unseen {
  private static final int MAX = 20;

  private static final int CLONE = 56;
  private static final int PTRACE = 101;
  private static final int IO_URING_SETUP = 425;
  private static final int IO_URING_ENTER = 426;
  private static final int CLONE3 = 435;

  private static final long PTRACE_TRACEME = 0;
  private static final long CLONE_UNTRACED = 0x00800000;

  private final Set<String> sentences = new LinkedHashSet<>();
  private int left;

  /** Looks at a call at its entry, whose first argument is given. */
  void look(String command, int number, long first) {
    if (number == IO_URING_SETUP || number == IO_URING_ENTER) {
      add(command + " uses io_uring(7): the operations that it asks for there are not seen");
    } else if (number == PTRACE && first == PTRACE_TRACEME) {
      add(command + " asks to be traced: that fails, as capemu traces it already");
    } else if (number == CLONE) {
      flags(command, first);
    }
  }

  /** Of clone3(2), whose flags are in memory. */
  static boolean isClone3(int number) {
    return number == CLONE3;
  }

  /** The flags of clone(2) or clone3(2). */
  void flags(String command, long flags) {
    if ((flags & CLONE_UNTRACED) != 0) {
      add(command + " makes a child with CLONE_UNTRACED: it is not seen");
    }
  }

  private synchronized void add(String sentence) {
    if (sentences.size() < MAX) {
      sentences.add(sentence);
    } else if (!sentences.contains(sentence)) {
      left++;
    }
  }

  synchronized List<String> sentences() {
    List<String> all = new ArrayList<>(sentences);
    if (left > 0) {
      all.add("and so on: " + left + " more");
    }
    return all;
  }
}
